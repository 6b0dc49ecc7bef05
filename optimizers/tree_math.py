"""Arithmetic of trees of arrays, each leaf in its own dtype."""

from typing import Any

import jax
import jax.numpy as jnp
import optax


def along(params: Any, length: Any, direction: Any) -> Any:
    """Return params + length * direction, each leaf in its own dtype."""
    return jax.tree.map(
        lambda x, d: x + (jnp.asarray(length, d.dtype) * d).astype(x.dtype),
        params,
        direction,
    )


def dot(a: Any, b: Any) -> jax.Array:
    """Return float[]: the inner product of two trees."""
    return jnp.asarray(optax.tree.vdot(a, b))


def scaled(length: Any, direction: Any) -> Any:
    """Return length * direction, each leaf in its own dtype."""
    return jax.tree.map(lambda d: jnp.asarray(length, d.dtype) * d, direction)


def zero_unless(condition: Any, tree: Any) -> Any:
    """Return the tree where a condition holds, otherwise zeros, also for inf and NaN.

    Zero times a number that is not finite would be NaN.
    """
    return optax.tree.where(condition, tree, optax.tree.zeros_like(tree))


def mixed(old: Any, new: Any, decay: Any) -> Any:
    """Return decay * old + (1 - decay) * new, each leaf in the dtype of the old one."""

    def mix(old: jax.Array, new: jax.Array) -> jax.Array:
        share = jnp.asarray(decay, old.dtype)
        return share * old + (1 - share) * new.astype(old.dtype)

    return jax.tree.map(mix, old, new)
