"""A loss, and its quadratic model, on the sphere of steps of one length."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

import problems
from optimizers import least_on_ball

LOGISTIC: dict[str, Any] = {
    "rows": 500,
    "columns": 20,
    "condition": 10.0,
    "l2": 0.01,
    "held_out": 0.0,
}
STARTS = 5
"""Of the search for the least loss on a sphere, which is not convex."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Sphere:
    """f(c + η s/‖s‖), least over s: the best step of length η from c.

    Attributes:
        train: Examples of the problem whose loss is f.
        held_out: None.
        inner: That problem.
        centre: c, float[n].
        radius: η, float[].
    """

    train: problems.Examples
    held_out: None
    inner: Any
    centre: jax.Array
    radius: jax.Array

    def init(self, key: jax.Array) -> jax.Array:
        """Return the gradient's step of length η."""
        del key
        _, slope = value_and_gradient(self.inner, self.centre)
        return -self.radius * slope / jnp.linalg.norm(slope)

    def loss(self, params: jax.Array, examples: problems.Examples) -> jax.Array:
        """Return f at the point of the sphere that s points to, float[]."""
        step = self.radius * params / jnp.linalg.norm(params)
        return self.inner.loss(self.centre + step, examples)

    def certificate(self) -> None:
        """Return None: the search below proves nothing where η is long."""

    def optimum(self) -> float:
        """Return the least loss that SciPy's BFGS finds from several starts."""
        starts = np.random.default_rng(0).normal(size=(STARTS, self.centre.size))
        starts[0] = self.init(jax.random.key(0))
        return min(_least(self, start).fun for start in starts)


def sphere(*, share: float, start_seed: int) -> Sphere:
    """Make a sphere around a start point of a logistic regression, in float64.

    Args:
        share: η over the distance from the start to the optimum.
        start_seed: Of the start point.
    """
    problem, optimum = _logistic()
    centre = problem.init(jax.random.key(start_seed))
    radius = share * jnp.linalg.norm(centre - optimum)
    return Sphere(problem.train, None, problem, centre, radius)


def least_on_sphere(
    values: jax.Array, gradient: jax.Array, radius: jax.Array
) -> jax.Array:
    """argmin gᵀs + ½ Σ λ_i s_i² over ‖s‖ = η: (H + μI)s = -g, H + μI ⪰ 0.

    On the sphere ½ c ‖s‖² is constant, so H may be shifted until it is indefinite; then
    the least value on the ball is on its sphere.

    Args:
        values: λ, float[n], ascending.
        gradient: g, float[n], in the basis of the eigenvectors.
        radius: η, float[].
    """
    shift = values[0] + jnp.maximum(1, jnp.max(jnp.abs(values)))
    return least_on_ball(values - shift, gradient, radius)


@jax.jit
def falls(on: Sphere) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return f at the centre, and how far two steps of the radius's length go down.

    Returns:
        float[], and falls on the quadratic model and of f, float[2] each: by the
        gradient's step and by the model's best.
    """
    objective = problems.objective(on.inner)
    value, slope = jax.value_and_grad(objective)(on.centre)
    hessian = objective.hessian(on.centre)
    values, vectors = jnp.linalg.eigh(hessian)
    best = vectors @ least_on_sphere(values, vectors.T @ slope, on.radius)
    steps = jnp.stack([-on.radius * slope / jnp.linalg.norm(slope), best])
    model = -jax.vmap(lambda s: slope @ s + s @ hessian @ s / 2)(steps)
    return value, model, value - objective.values(on.centre + steps)


@jax.jit
def value_and_gradient(problem: Any, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the training loss and its gradient, compiled once for all spheres."""
    return jax.value_and_grad(problems.objective(problem))(x)


@cache
def _logistic() -> tuple[Any, np.ndarray]:
    """Return the problem and where it is least."""
    problem = problems.make("logistic_regression", dtype="float64", **LOGISTIC)
    return problem, _least(problem, np.zeros(LOGISTIC["columns"])).x


def _least(problem: Any, start: np.ndarray) -> Any:
    def both(x: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = value_and_gradient(problem, x)
        return float(value), np.asarray(slope)

    return minimize(both, start, jac=True, method="BFGS", options={"gtol": 1e-10})
