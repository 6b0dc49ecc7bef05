"""Solve a symmetric linear system, or say that it is singular."""

import jax
import jax.numpy as jnp


def solve_symmetric(matrix: jax.Array, right: jax.Array) -> tuple[jax.Array, jax.Array]:
    """x = A⁻¹ b by Cholesky, or by eigenvalues where A is not safely positive.

    Args:
        matrix: A, float[n, n], symmetric, definite or not.
        right: b, float[n].

    Returns:
        float[n] and bool[]: x, and whether A is singular to working precision; then
        x is zero.
    """
    factor = jax.lax.linalg.cholesky(matrix, symmetrize_input=False)
    x, singular = jax.lax.cond(
        _safe(factor, matrix),
        lambda: (_by_factor(factor, right), jnp.asarray(False)),
        lambda: _by_eigenvalues(matrix, right),
    )
    # The last word: an answer that leaves most of b standing is none.
    residual = jnp.linalg.norm(matrix @ x - right)
    failed = singular | ~(residual <= 0.5 * jnp.linalg.norm(right))
    return jnp.where(failed, 0, x), failed


def _safe(factor: jax.Array, matrix: jax.Array) -> jax.Array:
    """Say whether every pivot stands clear of rounding, column by column.

    A pivot is what is left of A_jj once the columns before are taken out of it, so
    the test does not depend on the parameters' units. NaN, Cholesky's word for an
    indefinite matrix, is not safe either.
    """
    kept = jnp.diagonal(factor) ** 2 / jnp.diagonal(matrix)
    return jnp.all(kept > 4 * len(matrix) * jnp.finfo(matrix.dtype).eps)


def _by_factor(factor: jax.Array, right: jax.Array) -> jax.Array:
    return jax.scipy.linalg.cho_solve((factor, True), right)


def _by_eigenvalues(matrix: jax.Array, right: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Solve (S⁻¹ A S⁻¹) S x = S⁻¹ b by eigenvalues; S evens out the rows."""
    finite = jnp.all(jnp.isfinite(matrix))
    scale = _scale(jnp.where(finite, matrix, 0))
    even = jnp.where(finite, matrix, 0) / jnp.outer(scale, scale)
    values, vectors = jnp.linalg.eigh(even)
    sizes = jnp.abs(values)
    least = len(matrix) * jnp.finfo(matrix.dtype).eps * jnp.max(sizes)
    singular = ~finite | (jnp.min(sizes) <= least)
    parts = (vectors.T @ (right / scale)) / jnp.where(singular, 1, values)
    return (vectors @ parts) / scale, singular


def _scale(matrix: jax.Array) -> jax.Array:
    """Return float[n] s so that each row of A_ij / (s_i s_j) has a maximum near 1."""
    scale = jnp.ones(len(matrix), matrix.dtype)
    for _ in range(3):
        rows = jnp.max(jnp.abs(matrix) / jnp.outer(scale, scale), axis=1)
        scale = scale * jnp.sqrt(jnp.where(rows > 0, rows, 1))
    return scale
