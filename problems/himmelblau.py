"""Himmelblau's function, with four minima, four saddles and a maximum."""

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np

from .certify.certificate import Certificate
from .data.examples import Examples, no_examples
from .random_start import uniform
from .settings import DType, Nonnegative
from .shown import Shown

MINIMA = (
    (3.0, 2.0),
    (-2.805118086952745, 3.131312518250573),
    (-3.779310253377747, -3.28318599128617),
    (3.5844283403304917, -1.8481265269644036),
)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class Himmelblau(Shown):
    """f(x, y) = (x² + y - 11)² + (x + y² - 7)², 0 at four points, one of them (3, 2).

    Attributes:
        train: No examples.
        held_out: None.
        start_scale: The start is drawn from U(-start_scale, start_scale) each way.
    """

    train: Examples
    held_out: None
    start_scale: float = field(default=5.0, metadata={"static": True})

    def init(self, key: jax.Array) -> jax.Array:
        """Draw (x, y), float[2]."""
        return uniform(key, (2,), self.train.inputs.dtype, self.start_scale)

    def loss(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return f, float[]."""
        del examples
        x, y = params
        return jnp.square(x**2 + y - 11) + jnp.square(x + y**2 - 7)

    def residuals(self, params: jax.Array, examples: Examples) -> jax.Array:
        """Return x² + y - 11 and x + y² - 7, float[2]."""
        del examples
        x, y = params
        return jnp.stack([x**2 + y - 11, x + y**2 - 7])

    def certificate(self) -> Certificate:
        """Return f(3, 2) = 0; no square is negative."""
        x, y = np.asarray(self.init(jax.random.key(0)), np.float64)
        return Certificate(
            0.0,
            0.0,
            None,
            {"closed form": 0.0},
            float(np.linalg.eigvalsh(hessian(x, y))[-1]),
            float(np.linalg.eigvalsh(hessian(3.0, 2.0))[-1]),
        )

    def optimum(self) -> float:
        """Return 0."""
        return 0.0

    def minimisers(self) -> np.ndarray:
        """Return all four, float64[4, 2]."""
        return np.array(MINIMA)


def hessian(x: float, y: float) -> np.ndarray:
    """Return grad² f, float64[2, 2]."""
    across = 4 * (x + y)
    return np.array(
        [[12 * x**2 + 4 * y - 42, across], [across, 12 * y**2 + 4 * x - 26]]
    )


def himmelblau(
    *, start_scale: Nonnegative = 5.0, dtype: DType = "float32"
) -> Himmelblau:
    """Make Himmelblau's function.

    Args:
        start_scale: The start is drawn from U(-start_scale, start_scale) each way.
        dtype: Of the params.

    References:
        Himmelblau, "Applied Nonlinear Programming", 1972.
    """
    return Himmelblau(no_examples(dtype), None, start_scale)
