"""The kinds of call that the meter counts, one row each."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np


class Kind(NamedTuple):
    """A kind of call of an objective.

    Attributes:
        name: In files, configs and traces.
        words: In tables and messages, in the plural.
        nominal_price: Of one call in forward passes, the same on any machine.
        method: Of the objective.
        arguments: Of the method: `params`, `direction`, or `points` stacked on a
            leading axis, each of which is one call.
        differentiated: Whether the call is the method's value and gradient.
        per_parameter: Whether the nominal price is per parameter of the problem.
    """

    name: str
    words: str
    nominal_price: float
    method: str = "__call__"
    arguments: tuple[str, ...] = ("params",)
    differentiated: bool = False
    per_parameter: bool = False


KINDS = (
    Kind("forward", "forward passes", 1.0),
    Kind("point", "points", 1.0, "values", ("points",)),
    Kind("gradient", "gradients", 3.0, differentiated=True),
    Kind("jvp", "Jacobian-vector products", 2.0, "jvp", ("params", "direction")),
    Kind("hvp", "Hessian-vector products", 6.0, "hvp", ("params", "direction")),
    Kind("hessian", "Hessians", 6.0, "hessian", per_parameter=True),
)
READINGS = tuple(kind.name for kind in KINDS)
"""The names in the order of every array of readings."""
COUNT = len(KINDS)


def zeros() -> np.ndarray:
    """Return int64[kinds] of zeros."""
    return np.zeros(COUNT, np.int64)


def named(readings: Any) -> dict[str, int]:
    """Return readings, int[kinds], by the name of their kind."""
    return dict(zip(READINGS, map(int, readings), strict=True))


def listed(readings: Mapping[str, Any]) -> np.ndarray:
    """Return readings by name as int64[kinds]; 0 for a missing kind."""
    return np.array([readings.get(name, 0) for name in READINGS], np.int64)


def nominal_prices(parameters: int) -> dict[str, float]:
    """Return each kind's nominal price in forward passes.

    Args:
        parameters: The number of the problem's parameters.
    """
    return {
        kind.name: kind.nominal_price * (parameters if kind.per_parameter else 1)
        for kind in KINDS
    }
