"""Random start points that are the same in float32 and in float64.

JAX's draws depend on the dtype; here they are always those of float32.
"""

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike


def normal(
    key: jax.Array, like: jax.Array | jax.ShapeDtypeStruct, scale: float
) -> jax.Array:
    """Draw N(0, scale²) in the shape and dtype of `like`."""
    draw = jax.random.normal(key, like.shape, jnp.float32)
    return scale * draw.astype(like.dtype)


def uniform(
    key: jax.Array, shape: tuple[int, ...], dtype: DTypeLike, bound: float
) -> jax.Array:
    """Draw U(-bound, bound)."""
    return bound * jax.random.uniform(
        key, shape, jnp.float32, minval=-1.0, maxval=1.0
    ).astype(dtype)
