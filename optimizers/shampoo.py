"""Full-matrix AdaGrad with a Kronecker product of small matrices."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import transformation
from .kronecker import (
    MAX_DIMENSION,
    as_tensor,
    gram,
    identities,
    leaf_by_leaf,
    multiplied,
    refuse_large,
)
from .schedules import descend
from .settings import Count, LogUniform, Positive, Rate, checked
from .tree_math import scaled


class ShampooState(NamedTuple):
    """Steps taken, and for each array its sums and their roots, one per axis."""

    count: jax.Array
    sums: Any
    roots: Any


@checked
def shampoo(
    learning_rate: Annotated[Rate, LogUniform(1e-3, 1e2)],
    eps: Positive = 1e-4,
    interval: Count = 1,
    max_dimension: Count = MAX_DIMENSION,
) -> optax.GradientTransformationExtraArgs:
    """X ← X - ε L^(-1/4) G R^(-1/4), L = eps I + Σ G Gᵀ, R = eps I + Σ Gᵀ G.

    That is for matrices. An array of k axes has a sum of G_(i) G_(i)ᵀ for each axis i,
    and the powers are -1/(2k); a vector has -1/2, which is full-matrix AdaGrad. An axis
    that is too long has the diagonal of its sum.

    Args:
        learning_rate: ε, > 0, or a schedule.
        eps: Start of the sums, in units of the squared gradient, > 0.
        interval: Steps between two computations of the powers, >= 1.
        max_dimension: Longest axis with a full sum, >= 1.

    Returns:
        A transformation of gradients.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `init`: all axes are longer than `max_dimension`.

    References:
        Gupta, Koren and Singer, "Shampoo: Preconditioned Stochastic Tensor
        Optimization", 2018.
    """

    def init(params: optax.Params) -> ShampooState:
        refuse_large(params, max_dimension)
        start = lambda x: identities(as_tensor(x), max_dimension)  # noqa: E731
        sums = scaled(eps, jax.tree.map(start, params))
        return ShampooState(jnp.zeros([], jnp.int32), sums, sums)

    def update(
        updates: optax.Updates, state: ShampooState, params: Any = None, **_: Any
    ) -> tuple[optax.Updates, ShampooState]:
        del params
        due = state.count % interval == 0

        def step(g: jax.Array, sums: Any, roots: Any) -> tuple[Any, Any]:
            tensor = as_tensor(g)
            sums = tuple(s + gram(tensor, i, s.ndim == 1) for i, s in enumerate(sums))
            new = lambda: tuple(_power(s, len(sums), eps) for s in sums)  # noqa: E731
            roots = new() if interval == 1 else jax.lax.cond(due, new, lambda: roots)
            moved = multiplied(tensor, roots)
            return moved.reshape(g.shape).astype(g.dtype), (sums, roots)

        moved, kept = leaf_by_leaf(step, updates, state.sums, state.roots)
        sums, roots = leaf_by_leaf(lambda _, pair: pair, updates, kept)
        return moved, ShampooState(state.count + 1, sums, roots)

    chained = optax.chain(transformation(init, update), descend(learning_rate))
    return optax.with_extra_args_support(chained)


def _power(matrix: jax.Array, order: int, eps: Any) -> jax.Array:
    """A^(-1/(2 order)) of A ⪰ eps I, by eigenvalues; rounding may make them less."""
    power = -1 / (2 * order)
    if matrix.ndim == 1:
        return matrix**power
    finite = jnp.all(jnp.isfinite(matrix))
    values, vectors = jnp.linalg.eigh(jnp.where(finite, matrix, 0))
    values = jnp.maximum(values, jnp.asarray(eps, values.dtype))
    root = (vectors * values**power) @ vectors.T
    return jnp.where(finite, root, jnp.nan)
