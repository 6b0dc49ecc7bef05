"""An entry's gradient source and batch, apart from the settings of its factory."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le

import factories
from factories import FactoryError

from ..core.spec import Batch, Last

Source = Literal[
    "autodiff", "forward_difference", "central_difference", "random_direction"
]
DIFFERENCES = ("forward_difference", "central_difference")
Size = Annotated[int, Ge(1)]
Step = Annotated[float, Gt(0), Le(1e30)]


def oracle_settings(
    *,
    gradient: Source = "autodiff",
    gradient_step: Step | None = None,
    batch: Size | dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the fields of a `Spec` for gradient source and batch.

    Args:
        gradient: The gradient source.
        gradient_step: Length of a difference; None derives it from dtype and params.
        batch: Examples of each step, or a table of `_batch_table`; None for all
            of them.

    Raises:
        FactoryError: Two of them exclude each other.
    """
    if gradient_step is not None and gradient not in DIFFERENCES:
        words = f'gradient = "{gradient}" takes no step; only a difference does'
        raise FactoryError(words, "gradient_step")
    table = {"size": batch} if isinstance(batch, int) else batch
    return {
        "gradient": gradient,
        "gradient_step": None if gradient_step is None else float(gradient_step),
        "batch": None if table is None else _batch(table),
    }


DEFAULTS = factories.defaults(oracle_settings)
OWN = "settings"
"""An entry's table of settings that its factory gets, whatever their names."""


def _batch(table: dict[str, Any]) -> Batch:
    try:
        factories.check(_batch_table, table)
        return _batch_table(**table)
    except FactoryError as error:
        key = ".".join(filter(None, ("batch", error.key)))
        raise FactoryError(error.explained(), key, value=error.value) from error


def _batch_table(
    *,
    size: Size,
    replace: bool = False,
    stream: bool = False,
    last: Last = "span",
    drop_last: bool = False,
) -> Batch:
    """Return the batch that a table states.

    Args:
        size, replace, stream, last: As in `Batch`.
        drop_last: PyTorch's name of `last = "drop"`.

    Raises:
        FactoryError: Two keys exclude each other.
    """
    if replace and stream:
        words = "a stream has only fresh examples: `replace` does not apply"
        raise FactoryError(words, "replace")
    if drop_last and last == "pad":
        words = '`last = "pad"` fills the batch that this drops'
        raise FactoryError(words, "drop_last")
    if (replace or stream) and (drop_last or last != "span"):
        drawn = "drawing with replacement" if replace else "a stream"
        key = "drop_last" if drop_last else "last"
        raise FactoryError(f"{drawn} has no epochs: `{key}` does not apply", key)
    return Batch(size, replace, stream, "drop" if drop_last else last)


def split(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split an entry's settings into its factory's own and the fields of a `Spec`.

    Raises:
        FactoryError: Gradient source or batch is of the wrong type or out of its
            range, or two keys exclude each other.
    """
    ours = {key: value for key, value in settings.items() if key in DEFAULTS}
    factories.check(oracle_settings, ours)
    own = {key: value for key, value in settings.items() if key not in DEFAULTS}
    return own.pop(OWN, {}) | own, oracle_settings(**ours)


def split_problem(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a problem's settings into its factory's own and the batch on it, if any.

    Raises:
        FactoryError: As in `split`.
    """
    batch = {key: value for key, value in settings.items() if key == "batch"}
    own = {key: value for key, value in settings.items() if key != "batch"}
    own = own.pop(OWN, {}) | own
    fields = split(batch)[1]
    return own, {"batch": fields["batch"]} if batch else {}
