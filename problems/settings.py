"""Types of settings, and rules for combinations of settings."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Ge, Gt, Lt

from factories import FactoryError

F = TypeVar("F", bound=Callable[..., Any])

Size = Literal["small", "gpu"]
DType = Literal["float32", "float64"]
Count = Annotated[int, Ge(1)]
Seed = Annotated[int, Ge(0)]
Fraction = Annotated[float, Ge(0), Lt(1)]
Nonnegative = Annotated[float, Ge(0)]
Positive = Annotated[float, Gt(0)]
Condition = Annotated[float, Ge(1)]

# The settings of each data set, with their defaults.
DataSets = Mapping[str, Mapping[str, Any]]


def data_set_settings(
    data_sets: DataSets,
    name: str,
    given: Mapping[str, Any],
    kind: str = "dataset",
) -> dict[str, Any]:
    """Return the settings of one data set, with defaults for those not given.

    Args:
        data_sets: All data sets of a problem.
        name: The chosen data set.
        given: Settings; None stands for not given. Settings that no data set takes are
            ignored.
        kind: The setting that chooses between them, if it is another.

    Raises:
        FactoryError: A setting is given that this data set does not take.
    """
    takes = data_sets[name]
    known = {key for one in data_sets.values() for key in one}
    stated = {k: v for k, v in given.items() if k in known and v is not None}
    for key in stated:
        if key not in takes:
            others = " or ".join(f'"{n}"' for n, one in data_sets.items() if key in one)
            raise FactoryError(f'{kind} "{name}" takes no "{key}": {others} does', key)
    return {**takes, **stated}


def declares(
    *,
    resolve: Callable[..., dict[str, Any]] | None = None,
    without_optimum: Callable[..., bool] | None = None,
    metrics: Callable[..., list[str]] | None = None,
) -> Callable[[F], F]:
    """Attach rules to a problem's factory that its signature cannot state.

    Args:
        resolve: Settings -> those of the data, with their defaults. It raises
            FactoryError if settings exclude each other, and draws no data.
        without_optimum: Settings -> whether the problem is known to have no
            certificate, for any data.
        metrics: Settings -> the names of its metrics.
    """

    def attach(factory: F) -> F:
        factory.__dict__.update(
            resolve=resolve, without_optimum=without_optimum, metrics=metrics
        )
        return factory

    return attach
