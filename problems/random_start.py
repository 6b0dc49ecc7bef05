"""Random start points that are the same in float32 and in float64.

JAX's draws depend on the dtype; here they are always those of float32.
"""

import math

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from .layers import Layer


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


def truncated_normal(
    key: jax.Array, shape: tuple[int, ...], dtype: DTypeLike, scale: float
) -> jax.Array:
    """Draw N(0, scale²) without what is further than 2 scale from 0, as TensorFlow."""
    draw = jax.random.truncated_normal(key, -2.0, 2.0, shape, jnp.float32)
    return scale * draw.astype(dtype)


def torch_layer(key: jax.Array, shape: tuple[int, ...], dtype: DTypeLike) -> Layer:
    """Draw a layer as PyTorch does: weight and bias from U(±1/√fan_in).

    Args:
        key: Of the draw.
        shape: Of the weight, outputs first; fan_in is the product of the others.
        dtype: Of the layer.
    """
    for_weight, for_bias = jax.random.split(key)
    bound = math.prod(shape[1:]) ** -0.5
    return Layer(
        uniform(for_weight, shape, dtype, bound),
        uniform(for_bias, shape[:1], dtype, bound),
    )
