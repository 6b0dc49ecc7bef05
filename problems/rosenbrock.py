"""Rosenbrock's curved valley."""

from dataclasses import dataclass, field
from typing import Annotated

import jax
import jax.numpy as jnp
import numpy as np
from annotated_types import Ge

from .certify.certificate import Certificate
from .data.examples import Examples, no_examples
from .random_start import normal
from .settings import DType, Nonnegative
from .shown import Shown


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class Rosenbrock(Shown):
    """f(x) = Σ_i 100 (x_{i+1} - x_i²)² + (1 - x_i)², least at (1, ..., 1).

    Attributes:
        train: No examples.
        held_out: None.
        dimension: n.
        start_scale: Standard deviation of what is added to (-1.2, 1, -1.2, 1, ...).
    """

    train: Examples
    held_out: None
    dimension: int = field(default=2, metadata={"static": True})
    start_scale: float = field(default=0.0, metadata={"static": True})

    def init(self, key: jax.Array) -> jax.Array:
        """Return (-1.2, 1, -1.2, 1, ...) + N(0, start_scale²)."""
        dtype = self.train.inputs.dtype
        usual = np.where(np.arange(self.dimension) % 2 == 0, -1.2, 1.0)
        start = jnp.asarray(usual, dtype)
        return start + normal(key, start, self.start_scale)

    def loss(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return f, float[]."""
        del examples
        x, after = params[:-1], params[1:]
        return jnp.sum(100 * jnp.square(after - x**2) + jnp.square(1 - x))

    def residuals(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return 10 (x_{i+1} - x_i²) and 1 - x_i for all i < n, float[2 n - 2]."""
        del examples
        x, beyond = params[:-1], params[1:]
        return jnp.concatenate([10 * (beyond - x**2), 1 - x])

    def certificate(self) -> Certificate:
        """Return f(1, ..., 1) = 0, where the gradient is 0 and no term is negative."""
        start = np.asarray(self.init(jax.random.key(0)), np.float64)
        return Certificate(
            0.0,
            0.0,
            None,
            {"closed form": 0.0},
            float(np.linalg.eigvalsh(hessian(start))[-1]),
            float(np.linalg.eigvalsh(hessian(np.ones(self.dimension)))[-1]),
        )

    def optimum(self) -> float:
        """Return 0."""
        return 0.0

    def minimisers(self) -> np.ndarray:
        """Return (1, ..., 1), float64[1, n]."""
        return np.ones((1, self.dimension))


def hessian(x: np.ndarray) -> np.ndarray:
    """Return grad² f(x), tridiagonal, float64[n, n]."""
    diagonal = (
        np.r_[1200 * x[:-1] ** 2 - 400 * x[1:] + 2, 0.0]
        + np.r_[0.0, np.full(len(x) - 1, 200.0)]
    )
    beside = -400 * x[:-1]
    return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)


def rosenbrock(
    *,
    dimension: Annotated[int, Ge(2)] = 2,
    start_scale: Nonnegative = 0.0,
    dtype: DType = "float32",
) -> Rosenbrock:
    """Make Rosenbrock's function.

    Args:
        dimension: Of x. From 4 on there is a second, local minimum near (-1, 1, ...).
        start_scale: Standard deviation of what is added to the usual start; 0 makes
            all seeds the same.
        dtype: Of the params.

    References:
        Rosenbrock, "An automatic method for finding the greatest or least value of a
        function", 1960.
    """
    return Rosenbrock(no_examples(dtype), None, dimension, start_scale)
