"""Types of settings, and the settings that go with each data set."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Lt

from factories import FactoryError

DType = Literal["float32", "float64"]
Count = Annotated[int, Ge(1)]
Seed = Annotated[int, Ge(0)]
Fraction = Annotated[float, Ge(0), Lt(1)]
Nonnegative = Annotated[float, Ge(0)]
Positive = Annotated[float, Gt(0)]
Condition = Annotated[float, Ge(1)]

# What a data set takes, with what it takes where nothing is said.
DataSets = Mapping[str, Mapping[str, Any]]


def settle(data_sets: DataSets, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill in what was not said for one data set.

    Args:
        data_sets: All data sets of a problem.
        name: The one that was chosen.
        given: What was said; None is not said, and what no data set takes is
            passed over.

    Raises:
        FactoryError: Something was said that this data set does not take.
    """
    takes = data_sets[name]
    known = {key for one in data_sets.values() for key in one}
    said = {k: v for k, v in given.items() if k in known and v is not None}
    for key in said:
        if key not in takes:
            others = " or ".join(f'"{n}"' for n, one in data_sets.items() if key in one)
            raise FactoryError(f'dataset "{name}" takes no "{key}": {others} does', key)
    return {**takes, **said}
