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
        method: Of the objective, or of its ray.
        arguments: Of the method: `params`, `direction`, a `length`, `points` stacked on
            a leading axis, each of which is one call, or a `weight` for each residual.
        differentiated: Whether the call is the method's value and gradient.
        per_parameter: Whether the nominal price is per parameter of the problem.
        of_residuals: Whether the method is one of a problem that is a sum of squares.
        of_outputs: Whether the method is one of a problem that states how its loss
            follows from a model's outputs.
        on_ray: Whether the method is that of a ray, which the objective has made; the
            nominal price is then that of one loss per example.
        includes: The kind whose result the call returns too; it cannot cost less.
    """

    name: str
    words: str
    nominal_price: float
    method: str = "__call__"
    arguments: tuple[str, ...] = ("params",)
    differentiated: bool = False
    per_parameter: bool = False
    of_residuals: bool = False
    of_outputs: bool = False
    on_ray: bool = False
    includes: str = ""

    @property
    def of_some(self) -> bool:
        """Return whether only some problems have it.

        A trace has a column for such a kind only where it was called.
        """
        return self.of_residuals or self.of_outputs


METER = 1
"""The version of the meter.

It is raised when some call is counted as another kind, or another number of times, or
has another nominal price, than before: readings of both are then not compared.
"""
LENGTH = ("length",)
KINDS = (
    Kind("forward", "forward passes", 1.0),
    Kind("point", "points", 1.0, "values", ("points",)),
    Kind("gradient", "gradients", 3.0, differentiated=True, includes="forward"),
    Kind(
        *("jvp", "Jacobian-vector products", 2.0, "jvp", ("params", "direction")),
        includes="forward",
    ),
    Kind("hvp", "Hessian-vector products", 6.0, "hvp", ("params", "direction")),
    Kind("hessian", "Hessians", 6.0, "hessian", per_parameter=True),
    Kind("ray", "points along a ray", 1.0, arguments=LENGTH, on_ray=True),
    Kind(
        *("ray_slope", "slopes along a ray", 2.0, "slope", LENGTH),
        on_ray=True,
        includes="ray",
    ),
    Kind("residual", "residuals", 1.0, "residuals", of_residuals=True),
    Kind(
        *("jacobian", "Jacobians", 2.0, "jacobian"),
        per_parameter=True,
        of_residuals=True,
        includes="residual",
    ),
    Kind(
        *("residual_jvp", "Jacobian-vector products of residuals", 2.0),
        *("residual_jvp", ("params", "direction")),
        of_residuals=True,
        includes="residual",
    ),
    Kind(
        *("residual_vjp", "vector-Jacobian products of residuals", 3.0),
        *("residual_vjp", ("params", "weight")),
        of_residuals=True,
        includes="residual",
    ),
    Kind(
        *("ggn", "generalised Gauss-Newton products", 6.0),
        *("ggn", ("params", "direction")),
        of_outputs=True,
    ),
)
READINGS = tuple(kind.name for kind in KINDS)
"""The names in the order of every array of readings."""
ALWAYS = tuple(kind.name for kind in KINDS if not kind.of_some)
"""Those that every trace has a column for."""
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


LOSS = 8.0
"""Multiplications that one example's loss is taken to cost."""


def nominal_prices(
    parameters: int | None = None,
    features: int | None = None,
    residuals: int | None = None,
) -> dict[str, float]:
    """Return each kind's nominal price in forward passes.

    A forward pass costs (features + `LOSS`) multiplications for each score of an
    example, and the same along a ray 1 + `LOSS`. A Jacobian costs its columns, each a
    product with a direction, or its rows if they cost less.

    Args:
        parameters: The number of the problem's parameters.
        features: The number of an example's features.
        residuals: The number of the problem's residuals.

    Returns:
        By kind, without those whose price depends on a number that is not given.
    """
    along = None if features is None else (1 + LOSS) / (max(1, features) + LOSS)
    shares = {kind: _share(kind, parameters, along) for kind in KINDS}
    prices = {k.name: k.nominal_price * n for k, n in shares.items() if n is not None}
    if residuals is not None and "jacobian" in prices:
        rows = residuals * prices["residual_vjp"]
        prices["jacobian"] = min(prices["jacobian"], rows)
    return prices


def _share(kind: Kind, parameters: int | None, along: float | None) -> float | None:
    if kind.per_parameter:
        return parameters
    return along if kind.on_ray else 1
