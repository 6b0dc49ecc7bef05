"""The distance of params to the nearest point at which a loss is known to be least."""

from typing import Any

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from .model_state import at_point


def has_minimisers(problem: Any) -> bool:
    """Return whether a problem states where its loss is least."""
    stated = getattr(problem, "minimisers", None)
    return stated is not None and stated() is not None


def x_distance(problem: Any, point: Any) -> jax.Array:
    """Return min_k ||x - x*_k||₂, float[], x the flat params.

    Args:
        problem: States `minimisers() -> float[k, n]`, all points where its loss is
            least.
        point: The params; a `WithState` if the problem carries one.
    """
    _, params = at_point(problem, point)
    flat, _ = ravel_pytree(params)
    known = jnp.asarray(problem.minimisers(), flat.dtype)
    return jnp.sqrt(jnp.min(jnp.sum(jnp.square(flat - known), axis=-1)))
