"""Newton's method by the full Hessian."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

from .contract import NotApplicable, calls_value_fn, transformation
from .objective import hessian
from .schedules import at
from .settings import LogUniform, NonNegative, Rate, checked

MAX_PARAMETERS = 5_000


class NewtonState(NamedTuple):
    """Steps taken, and whether the last one failed."""

    count: jax.Array
    failed: jax.Array
    reason = (
        "The Hessian is singular to working precision, so the Newton step is not "
        "defined; damping > 0 would define it."
    )


@checked
@calls_value_fn
def newton(
    learning_rate: Rate = 1.0,
    damping: Annotated[NonNegative, LogUniform(1e-8, 1e1)] = 0.0,
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k - ε (H_k + λ I)⁻¹ g_k.

    The direction is not corrected: if H is indefinite it may lead to a saddle or a
    maximum. If H + λ I is singular the step is zero and the state `failed`.

    Args:
        learning_rate: ε, share of the full step, > 0, or a schedule.
        damping: λ, in units of the Hessian, >= 0.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`;
        it needs one Hessian per step.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `init`: a Hessian of that size is too large.
    """

    def init(params: optax.Params) -> NewtonState:
        refuse_large(params)
        return NewtonState(jnp.zeros([], jnp.int32), jnp.asarray(False))

    def update(
        updates: optax.Updates,
        state: NewtonState,
        params: optax.Params | None = None,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, NewtonState]:
        del extra_args
        gradient, unravel = ravel_pytree(updates)
        matrix = hessian(value_fn, params)
        matrix = matrix + jnp.asarray(damping, matrix.dtype) * jnp.eye(len(matrix))
        direction, failed = _solve(matrix, gradient)
        rate = jnp.asarray(at(learning_rate, state.count), gradient.dtype)
        return unravel(-rate * direction), NewtonState(state.count + 1, failed)

    return transformation(init, update)


def refuse_large(params: optax.Params) -> None:
    """Raise NotApplicable if the Hessian would have too many entries."""
    n = optax.tree.size(params)
    if n > MAX_PARAMETERS:
        raise NotApplicable(
            f"{n:,} parameters need a Hessian of {n * n:,} entries; "
            f"at most {MAX_PARAMETERS:,} parameters are taken."
        )


def _solve(matrix: jax.Array, right: jax.Array) -> tuple[jax.Array, jax.Array]:
    """x = A⁻¹ b by Cholesky, or by eigenvalues if A is not safely positive definite.

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
    # An x that leaves a residual of more than half of b is no solution.
    residual = jnp.linalg.norm(matrix @ x - right)
    failed = singular | ~(residual <= 0.5 * jnp.linalg.norm(right))
    return jnp.where(failed, 0, x), failed


def _safe(factor: jax.Array, matrix: jax.Array) -> jax.Array:
    """Return whether every pivot is larger than rounding, column by column.

    A pivot is A_jj minus the part explained by the columns before, so that the test
    does not depend on the parameters' units. For an indefinite matrix Cholesky gives a
    pivot of NaN, which fails the test too.
    """
    kept = jnp.diagonal(factor) ** 2 / jnp.diagonal(matrix)
    return jnp.all(kept > 4 * len(matrix) * jnp.finfo(matrix.dtype).eps)


def _by_factor(factor: jax.Array, right: jax.Array) -> jax.Array:
    return jax.scipy.linalg.cho_solve((factor, True), right)


def _by_eigenvalues(matrix: jax.Array, right: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Solve (S⁻¹ A S⁻¹) S x = S⁻¹ b by eigenvalues; S equilibrates the rows."""
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
