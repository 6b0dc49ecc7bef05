"""Types of settings, and which settings go together."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from annotated_types import Ge, Gt, Lt

from factories import FactoryError

F = TypeVar("F", bound=Callable[..., Any])

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
    data_sets: DataSets, name: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the settings of one data set, with defaults for those not given.

    Args:
        data_sets: All data sets of a problem.
        name: The one that was chosen.
        given: Settings; None counts as not given, and what no data set takes is
            ignored.

    Raises:
        FactoryError: A setting is given that this data set does not take.
    """
    takes = data_sets[name]
    known = {key for one in data_sets.values() for key in one}
    stated = {k: v for k, v in given.items() if k in known and v is not None}
    for key in stated:
        if key not in takes:
            others = " or ".join(f'"{n}"' for n, one in data_sets.items() if key in one)
            raise FactoryError(f'dataset "{name}" takes no "{key}": {others} does', key)
    return {**takes, **stated}


def declares(
    *,
    resolve: Callable[..., dict[str, Any]] | None = None,
    without_optimum: Callable[..., bool] | None = None,
) -> Callable[[F], F]:
    """Attach to a problem's factory what its signature cannot state.

    Args:
        resolve: Settings -> those of the data, with their defaults. It raises
            FactoryError where settings do not go together, and draws no data.
        without_optimum: Settings -> whether the least loss is known not to be
            certified, whatever the data.
    """

    def attach(factory: F) -> F:
        factory.__dict__.update(resolve=resolve, without_optimum=without_optimum)
        return factory

    return attach
