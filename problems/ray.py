"""A loss along a line, where each example sees its params through linear scores."""

from collections.abc import Callable
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Ray:
    """t -> (1/m) Σ_i ℓ(z_i + t d_i, y_i) + c_0 + c_1 t + c_2 t².

    z and d are known from two products with the data; each look then costs one loss
    an example, whatever the number of features.

    Attributes:
        losses: ℓ, (scores, targets) -> float[examples].
        scores: z, float[..., examples].
        rises: d, float[..., examples].
        targets: y, [examples].
        penalty: c, float[3].
    """

    losses: Callable[[jax.Array, jax.Array], jax.Array] = field(
        metadata={"static": True}
    )
    scores: jax.Array
    rises: jax.Array
    targets: jax.Array
    penalty: jax.Array

    def __call__(self, t: jax.Array) -> jax.Array:
        """Return the loss at t, float[]."""
        c = self.penalty
        return self.sum(t) / self.targets.shape[-1] + c[0] + t * (c[1] + t * c[2])

    def slope(self, t: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Return the loss at t and its derivative by t, both float[]."""
        value, slope = jax.jvp(self, (t,), (jnp.ones_like(t),))
        return value, slope

    def values(self, lengths: jax.Array) -> jax.Array:
        """Return the losses at lengths[i], float[k]."""
        return jax.vmap(self)(lengths)

    def sum(self, t: jax.Array) -> jax.Array:
        """Return Σ_i ℓ(z_i + t d_i, y_i), float[]."""
        return self.losses(self.scores + t * self.rises, self.targets).sum()


def penalty_along(l2: float, params: jax.Array, direction: jax.Array) -> jax.Array:
    """Return the c of (l2/2) ||w + t v||² = c_0 + c_1 t + c_2 t², float[3]."""
    w, v = params.ravel(), direction.ravel()
    return l2 / 2 * jnp.stack([w @ w, 2 * (w @ v), v @ v])
