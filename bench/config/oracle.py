"""Gradient source and batch: keys of an entry that are not settings of its factory."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le

import factories
from factories import FactoryError

from ..core.spec import Batch

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
        batch: Examples of each step, or a table of `size`, `replace`, `stream`; None
            for all of them.

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


def _batch(table: dict[str, Any]) -> Batch:
    try:
        factories.check(Batch, table)
    except FactoryError as error:
        key = ".".join(filter(None, ("batch", error.key)))
        raise FactoryError(error.explained(), key, value=error.value) from error
    batch = Batch(**table)
    if batch.replace and batch.stream:
        words = "a stream has only fresh examples: `replace` does not apply"
        raise FactoryError(words, "batch.replace")
    return batch


def split(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split an entry's settings into its factory's own and the fields of a `Spec`.

    Raises:
        FactoryError: Gradient source or batch is of the wrong type or out of its
            range, or two keys exclude each other.
    """
    ours = {key: value for key, value in settings.items() if key in DEFAULTS}
    factories.check(oracle_settings, ours)
    own = {key: value for key, value in settings.items() if key not in DEFAULTS}
    return own, oracle_settings(**ours)


def split_problem(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a problem's settings into its factory's own and the batch on it, if any.

    Raises:
        FactoryError: As in `split`.
    """
    batch = {key: value for key, value in settings.items() if key == "batch"}
    own = {key: value for key, value in settings.items() if key != "batch"}
    fields = split(batch)[1]
    return own, {"batch": fields["batch"]} if batch else {}
