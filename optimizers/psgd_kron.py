"""Whitened gradients by a Kronecker product of triangular matrices."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from pydantic import Field

from .contract import transformation
from .kronecker import (
    MAX_DIMENSION,
    as_tensor,
    gram,
    identities,
    leaf_by_leaf,
    multiplied,
)
from .schedules import descend
from .settings import Count, Decay, LogUniform, Positive, Rate, checked
from .tree_math import mixed

Probability = Annotated[float, Field(gt=0, le=1)]


class PSGDKronState(NamedTuple):
    """Steps taken, the average of g, and for each array a factor per axis."""

    count: jax.Array
    m: Any
    factors: Any


@checked
def psgd_kron(
    learning_rate: Annotated[Rate, LogUniform(1e-4, 1e1)],
    b1: Decay = 0.9,
    factor_rate: Positive = 0.1,
    update_probability: Probability = 1.0,
    max_dimension: Count = MAX_DIMENSION,
    seed: int = 0,
) -> optax.GradientTransformationExtraArgs:
    """X ← X - ε clip(QᵀQ m̄), Q = Q_1 ⊗ Q_2 ⊗ ..., so that QᵀQ → E[m mᵀ]^(-1/2).

    m is the average of the gradient. Each Q_i is upper triangular, and a vector where
    the axis is too long. It descends mᵀQᵀQ m + vᵀ(QᵀQ)⁻¹v with v ~ N(0, I):
    Q_i ← Q_i - μ triu(A_(i)A_(i)ᵀ - B_(i)B_(i)ᵀ) Q_i / ‖A_(i)A_(i)ᵀ + B_(i)B_(i)ᵀ‖,
    A = Q m and B = Q⁻ᵀ v, after which m is preconditioned. The step has a norm of √n at
    most, n the number of parameters, and no entry above 1, times ε.

    Args:
        learning_rate: ε, > 0, or a schedule.
        b1: Decay of the average of g, in [0, 1).
        factor_rate: μ, > 0.
        update_probability: Share of the steps, drawn at random, that change Q.
        max_dimension: Longest axis with a triangular factor, >= 1.
        seed: Of v and of these draws.

    Returns:
        A transformation of gradients.

    Raises:
        ValueError: A number is out of its range.

    References:
        Li, "Preconditioned Stochastic Gradient Descent", 2018, and Li, "Black Box Lie
        Group Preconditioners for SGD", 2022. Bounds on the step: `psgd_jax`.
    """

    def init(params: optax.Params) -> PSGDKronState:
        start = lambda x: identities(as_tensor(x), max_dimension)  # noqa: E731
        zeros = optax.tree.zeros_like(params)
        return PSGDKronState(
            jnp.zeros([], jnp.int32), zeros, jax.tree.map(start, params)
        )

    def update(
        updates: optax.Updates, state: PSGDKronState, params: Any = None, **_: Any
    ) -> tuple[optax.Updates, PSGDKronState]:
        del params
        keys = jax.random.split(jax.random.fold_in(jax.random.key(seed), state.count))
        m = mixed(state.m, updates, b1)
        due = jax.random.uniform(keys[0]) < update_probability
        noise = optax.tree.random_like(keys[1], m, dtype=jnp.float32)

        def step(g: jax.Array, v: jax.Array, factors: Any) -> tuple[Any, Any]:
            tensor, random = as_tensor(g), as_tensor(v).astype(as_tensor(g).dtype)
            change = lambda: changed(factors, tensor, random, factor_rate)  # noqa: E731
            factors = jax.lax.cond(due, change, lambda: factors)
            moved = preconditioned(factors, tensor)
            return moved.reshape(g.shape).astype(g.dtype), factors

        moved, factors = leaf_by_leaf(step, m, noise, state.factors)
        return _bounded(moved), PSGDKronState(state.count + 1, m, factors)

    chained = optax.chain(transformation(init, update), descend(learning_rate))
    return optax.with_extra_args_support(chained)


def preconditioned(factors: tuple[jax.Array, ...], tensor: jax.Array) -> jax.Array:
    """Return QᵀQ G."""
    return multiplied(multiplied(tensor, factors), factors, transposed=True)


def changed(
    factors: tuple[jax.Array, ...], tensor: jax.Array, noise: jax.Array, rate: Any
) -> tuple[jax.Array, ...]:
    """Return the factors after one step of their descent.

    Args:
        factors: Q_i, upper triangular float[n, n], or float[n].
        tensor: G.
        noise: v, of G's shape.
        rate: μ.
    """
    image = multiplied(tensor, factors)
    solved = _solved(factors, noise)
    return tuple(
        _descended(q, gram(image, i, q.ndim == 1), gram(solved, i, q.ndim == 1), rate)
        for i, q in enumerate(factors)
    )


def norm_bound(matrix: jax.Array) -> jax.Array:
    """Return a lower bound of the spectral norm of a symmetric matrix, float[].

    It is ‖A x‖ with x = A a / ‖A a‖ and a the column of A with the greatest norm.
    """
    largest = jnp.max(jnp.abs(matrix))
    scaled = matrix / jnp.where(largest > 0, largest, 1)
    column = scaled[:, jnp.argmax(jnp.sum(jnp.square(scaled), 0))]
    image = scaled @ column
    length = jnp.linalg.norm(image)
    unit = image / jnp.where(length > 0, length, 1)
    return largest * jnp.linalg.norm(scaled @ unit)


def _solved(factors: tuple[jax.Array, ...], noise: jax.Array) -> jax.Array:
    """Return Q⁻ᵀ v."""
    for axis, q in enumerate(factors):
        if q.ndim == 1:
            noise = multiplied(noise, [None] * axis + [1 / q])
            continue
        rows = jnp.moveaxis(noise, axis, 0)
        flat = rows.reshape(len(q), -1)
        flat = jax.scipy.linalg.solve_triangular(q, flat, trans="T")
        noise = jnp.moveaxis(flat.reshape(rows.shape), 0, axis)
    return noise


def _descended(q: jax.Array, a: jax.Array, b: jax.Array, rate: Any) -> jax.Array:
    size = jnp.max(jnp.abs(a + b)) if q.ndim == 1 else norm_bound(a + b)
    length = jnp.asarray(rate, q.dtype) / jnp.where(size > 0, size, 1)
    return q - length * ((a - b) * q if q.ndim == 1 else jnp.triu(a - b) @ q)


def _bounded(updates: Any) -> Any:
    """Return updates of a norm of √n at most and entries of 1 at most."""
    norm = optax.tree.norm(updates)
    most = jnp.sqrt(jnp.asarray(optax.tree.size(updates), norm.dtype))
    share = most / jnp.maximum(norm, most)
    return jax.tree.map(lambda u: jnp.clip(u * share.astype(u.dtype), -1, 1), updates)
