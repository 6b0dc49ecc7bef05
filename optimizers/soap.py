"""Adam in the eigenbasis of Shampoo's matrices."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import transformation
from .kronecker import (
    MAX_DIMENSION,
    as_tensor,
    gram,
    leaf_by_leaf,
    multiplied,
    refuse_large,
)
from .schedules import descend
from .settings import Count, Decay, LogUniform, Positive, Rate, checked
from .tree_math import mixed


class _Array(NamedTuple):
    """Of one array: its averages, and for each axis a matrix and its eigenbasis."""

    m: jax.Array  # average of G
    v: jax.Array  # average of the squares of G in the eigenbases
    squares: tuple[jax.Array | None, ...]  # averages of G_(i) G_(i)ᵀ
    bases: tuple[jax.Array | None, ...]  # Q_i, columns by falling eigenvalue


class SoapState(NamedTuple):
    """Gradients seen, and what is kept for each array."""

    count: jax.Array
    arrays: Any


@checked
def soap(
    learning_rate: Annotated[Rate, LogUniform(1e-4, 1e1)],
    b1: Decay = 0.95,
    b2: Decay = 0.95,
    eps: Positive = 1e-8,
    interval: Count = 10,
    max_dimension: Count = MAX_DIMENSION,
) -> optax.GradientTransformationExtraArgs:
    """X ← X - ε Q_L (m̂' / (√v̂ + eps)) Q_Rᵀ: Adam on G' = Q_Lᵀ G Q_R.

    m' is Q_Lᵀ m Q_R with m the average of G, v that of the squares of G'. Q_L and Q_R
    are the eigenvectors of the averages of G Gᵀ and Gᵀ G: exact ones of the first
    gradient, which makes no step, then by one step of orthogonal iteration every
    `interval` steps. A step uses the bases of the gradients before it. An array of k
    axes has k bases. Here vectors have one too, which the authors' code leaves off
    unless asked; an axis that is too long has none.

    Args:
        learning_rate: ε, > 0, or a schedule.
        b1: Decay of the average of G, in [0, 1).
        b2: Decay of all averages of squares, in [0, 1).
        eps: Added to the root, in units of the gradient, > 0.
        interval: Steps between two computations of the bases, >= 1.
        max_dimension: Longest axis with a basis, >= 1.

    Returns:
        A transformation of gradients.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `init`: all axes are longer than `max_dimension`.

    References:
        Vyas et al., "SOAP: Improving and Stabilizing Shampoo using Adam", 2024, and
        their code, github.com/nikhilvyas/SOAP.
    """

    def init(params: optax.Params) -> SoapState:
        refuse_large(params, max_dimension)
        start = lambda x: _start(as_tensor(x), max_dimension)  # noqa: E731
        return SoapState(jnp.zeros([], jnp.int32), jax.tree.map(start, params))

    def update(
        updates: optax.Updates, state: SoapState, params: Any = None, **_: Any
    ) -> tuple[optax.Updates, SoapState]:
        del params
        due = (state.count > 0) & (state.count % interval == 0)

        def step(g: jax.Array, now: _Array) -> tuple[jax.Array, _Array]:
            tensor = as_tensor(g)
            first = lambda: (jnp.zeros_like(tensor), _first(tensor, now, b2))  # noqa: E731
            later = lambda: _adam(tensor, now, b1, b2, eps, state.count, due)  # noqa: E731
            moved, kept = jax.lax.cond(state.count == 0, first, later)
            return moved.reshape(g.shape).astype(g.dtype), kept

        moved, arrays = leaf_by_leaf(step, updates, state.arrays)
        return moved, SoapState(state.count + 1, arrays)

    chained = optax.chain(transformation(init, update), descend(learning_rate))
    return optax.with_extra_args_support(chained)


def _start(tensor: jax.Array, most: int) -> _Array:
    zeros = jnp.zeros_like(tensor)
    eyes = (jnp.eye(n, dtype=tensor.dtype) if n <= most else None for n in tensor.shape)
    bases = tuple(eyes)
    squares = tuple(None if q is None else jnp.zeros_like(q) for q in bases)
    return _Array(zeros, zeros, squares, bases)


def _seen(tensor: jax.Array, now: _Array, b2: Any) -> tuple[jax.Array | None, ...]:
    """Return the averages of G_(i) G_(i)ᵀ with one more gradient."""
    return tuple(
        None if old is None else mixed(old, gram(tensor, i), b2)
        for i, old in enumerate(now.squares)
    )


def _first(tensor: jax.Array, now: _Array, b2: Any) -> _Array:
    squares = _seen(tensor, now, b2)
    bases = tuple(None if a is None else _eigenvectors(a) for a in squares)
    return now._replace(squares=squares, bases=bases)


def _adam(
    tensor: jax.Array, now: _Array, b1: Any, b2: Any, eps: Any, count: Any, due: Any
) -> tuple[jax.Array, _Array]:
    """Return the step before it is scaled, and what is kept after it."""
    m = mixed(now.m, tensor, b1)
    rotated = multiplied(tensor, now.bases, transposed=True)
    v = mixed(now.v, jnp.square(rotated), b2)
    unbiased = lambda x, b: x / (1 - jnp.asarray(b, x.dtype) ** count)  # noqa: E731
    adam = multiplied(m, now.bases, transposed=True)
    # As the authors: eps is added to the root before the bias is corrected.
    scale = unbiased(jnp.ones([], m.dtype), b1) / jnp.sqrt(
        unbiased(jnp.ones([], m.dtype), b2)
    )
    adam = scale * adam / (jnp.sqrt(v) + jnp.asarray(eps, v.dtype))
    kept = now._replace(m=m, v=v, squares=_seen(tensor, now, b2))
    kept = jax.lax.cond(due, _refreshed, lambda each: each, kept)
    return multiplied(adam, now.bases), kept


def _refreshed(now: _Array) -> _Array:
    """Take one step of orthogonal iteration; sort v as the bases."""
    v, bases = now.v, []
    for axis, (square, basis) in enumerate(zip(now.squares, now.bases, strict=True)):
        if square is None or basis is None:
            bases.append(None)
            continue
        image = square @ basis
        order = jnp.argsort(-jnp.sum(basis * image, 0))
        v = jnp.take(v, order, axis)
        bases.append(jnp.linalg.qr(image[:, order])[0])
    return now._replace(v=v, bases=tuple(bases))


def _eigenvectors(matrix: jax.Array) -> jax.Array:
    """Return the eigenvectors as columns, by falling eigenvalue; NaN if not finite."""
    finite = jnp.all(jnp.isfinite(matrix))
    vectors = jnp.linalg.eigh(jnp.where(finite, matrix, 0))[1]
    return jnp.where(finite, vectors[:, ::-1], jnp.nan)
