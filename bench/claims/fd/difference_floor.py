"""Where an optimizer comes to rest whose gradient is a difference."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

import problems

from ...measuring.meter import Metered
from ...measuring.sources import rule


class Floor(NamedTuple):
    """What is left where the difference, not the gradient, is zero.

    Attributes:
        error: ‖e‖, the difference's error at the optimum, where the gradient is 0.
        rise: ½ eᵀH⁻¹e, which is f - f* there to second order in e.
    """

    error: float
    rise: float


class Optimum(NamedTuple):
    """Of a smooth convex problem in float64.

    Attributes:
        loss: f*, the least loss.
        params: Where it is, float64[n].
        hessian: H there, float64[n, n].
    """

    loss: float
    params: jax.Array
    hessian: jax.Array

    @classmethod
    def near(cls, params: jax.Array, objective: problems.Objective) -> "Optimum":
        """Find it from a point that is near enough for Newton's method."""
        for _ in range(8):
            slopes = jax.grad(objective)(params)
            params = params - jnp.linalg.solve(objective.hessian(params), slopes)
        return cls(float(objective(params)), params, objective.hessian(params))

    def floor(self, objective: Any, form: str, length: float) -> Floor:
        """Return the floor of differences of an objective, in the dtype of its own."""
        by_difference: Any = rule(f"{form}_difference", None, length)
        params = self.params.astype(objective.examples.inputs.dtype)
        _, error = by_difference(Metered(objective, lambda *_: None), params)
        e = error.astype(self.params.dtype)
        rise = e @ jnp.linalg.solve(self.hessian, e) / 2
        return Floor(float(jnp.linalg.norm(e)), float(rise))
