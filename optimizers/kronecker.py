"""Arrays of any order with a matrix for each axis, as Kronecker products have."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp

from .contract import NotApplicable

MAX_DIMENSION = 1_024
"""The longest axis that has a matrix unless a setting says otherwise."""


def as_tensor(array: jax.Array) -> jax.Array:
    """Return an array with one axis at least, in float32 at least.

    Factorisations are not defined for shorter floats.
    """
    dtype = jnp.promote_types(array.dtype, jnp.float32)
    return jnp.atleast_1d(array).astype(dtype)


def refuse_large(params: Any, most: int) -> None:
    """Raise NotApplicable if no axis of no array is short enough for a matrix."""
    axes = [n for x in jax.tree.leaves(params) for n in jnp.shape(x) or (1,)]
    if axes and min(axes) > most:
        raise NotApplicable(
            f"an axis of {min(axes):,} entries needs a matrix of {min(axes) ** 2:,}; "
            f"max_dimension = {most:,} leaves no axis that has one."
        )


def identities(tensor: jax.Array, most: int) -> tuple[jax.Array, ...]:
    """Return I for each axis, as a vector where the axis is longer than `most`."""
    return tuple(
        jnp.eye(n, dtype=tensor.dtype) if n <= most else jnp.ones(n, tensor.dtype)
        for n in tensor.shape
    )


def gram(tensor: jax.Array, axis: int, diagonal: bool = False) -> jax.Array:
    """G_(i) G_(i)ᵀ, G_(i) with axis i as rows and all others as columns.

    Args:
        tensor: G.
        axis: i.
        diagonal: Whether only the diagonal is returned.

    Returns:
        float[n, n], or float[n].
    """
    rest = [i for i in range(tensor.ndim) if i != axis]
    if diagonal:
        return jnp.sum(jnp.square(tensor), tuple(rest))
    return jnp.tensordot(tensor, tensor, (rest, rest))


def multiplied(
    tensor: jax.Array, matrices: Sequence[jax.Array | None], transposed: bool = False
) -> jax.Array:
    """(A_1 ⊗ A_2 ⊗ ...) G: each axis i of G is multiplied by A_i.

    Args:
        tensor: G.
        matrices: A_i, float[n, n]; float[n] for a diagonal one; None for the identity.
        transposed: Multiply by A_iᵀ instead.
    """
    for axis, matrix in enumerate(matrices):
        if matrix is None:
            continue
        if matrix.ndim == 1:
            shape = [-1 if i == axis else 1 for i in range(tensor.ndim)]
            tensor = tensor * matrix.reshape(shape)
            continue
        moved = jnp.tensordot(matrix, tensor, (0 if transposed else 1, axis))
        tensor = jnp.moveaxis(moved, 0, axis)
    return tensor


def leaf_by_leaf(fn: Callable[..., tuple[Any, Any]], tree: Any, *rest: Any) -> Any:
    """Apply a function of two results to the leaves of trees; return two trees.

    Args:
        fn: From a leaf of each to a pair.
        tree: A tree; its structure is that of both results.
        *rest: Trees that have, where `tree` has a leaf, anything.
    """
    leaves, structure = jax.tree.flatten(tree)
    others = [structure.flatten_up_to(each) for each in rest]
    pairs = [fn(*each) for each in zip(leaves, *others, strict=True)]
    first, second = ([pair[i] for pair in pairs] for i in range(2))
    return structure.unflatten(first), structure.unflatten(second)
