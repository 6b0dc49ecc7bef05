"""What an optimizer's entry asks of the harness beside its factory's settings."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le

import factories
from factories import FactoryError

from .spec import Batch

Source = Literal[
    "autodiff", "forward_difference", "central_difference", "random_direction"
]
DIFFERENCES = ("forward_difference", "central_difference")
Size = Annotated[int, Ge(1)]
Step = Annotated[float, Gt(0), Le(1e30)]


def asked(
    *,
    gradient: Source = "autodiff",
    gradient_step: Step | None = None,
    batch: Size | dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the fields of a `Spec` that say what answers an optimizer's calls.

    Args:
        gradient: Where gradients come from.
        gradient_step: Length of a difference; None goes by dtype and params.
        batch: Examples of each step, or a table of `size`, `replace`, `stream`; None
            for all of them.

    Raises:
        FactoryError: Two of them do not go together.
    """
    if gradient_step is not None and gradient not in DIFFERENCES:
        words = f'gradient = "{gradient}" takes no step, a difference does'
        raise FactoryError(words, "gradient_step")
    table = {"size": batch} if isinstance(batch, int) else batch
    return {
        "gradient": gradient,
        "gradient_step": None if gradient_step is None else float(gradient_step),
        "batch": None if table is None else _batch(table),
    }


DEFAULTS = factories.defaults(asked)


def _batch(table: dict[str, Any]) -> Batch:
    try:
        factories.check(Batch, table)
    except FactoryError as error:
        key = ".".join(filter(None, ("batch", error.key)))
        raise FactoryError(error.explained(), key, value=error.value) from error
    batch = Batch(**table)
    if batch.replace and batch.stream:
        words = "a stream has no example twice, so that none is replaced"
        raise FactoryError(words, "batch.replace")
    return batch


def part(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part an entry's settings into its factory's own and the fields of a `Spec`.

    Raises:
        FactoryError: One of ours is of the wrong type, out of its range, or does not
            go with another.
    """
    ours = {key: value for key, value in settings.items() if key in DEFAULTS}
    factories.check(asked, ours)
    own = {key: value for key, value in settings.items() if key not in DEFAULTS}
    return own, asked(**ours)


def of_problem(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part a problem's settings into its factory's own and the batch on it, if any.

    Raises:
        FactoryError: As of `part`.
    """
    batch = {key: value for key, value in settings.items() if key == "batch"}
    own = {key: value for key, value in settings.items() if key != "batch"}
    fields = part(batch)[1]
    return own, {"batch": fields["batch"]} if batch else {}


def said(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a trial's record says that is no default, as flat settings."""
    found = {k: record[k] for k, v in DEFAULTS.items() if record.get(k, v) != v}
    batch = found.pop("batch", None)
    if batch is None:
        return found
    flags = {key: True for key in ("replace", "stream") if batch[key]}
    return found | {"batch": batch["size"]} | flags
