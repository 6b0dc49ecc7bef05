"""The best step of a given length on the quadratic model."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

from .contract import calls_value_fn, transformation
from .newton import refuse_large
from .objective import hessian
from .schedules import at
from .settings import LogUniform, Rate, checked


class TrustRegionState(NamedTuple):
    """Steps taken, and whether the last one failed."""

    count: jax.Array
    failed: jax.Array
    reason = "The Hessian or the gradient is not finite."


@checked
@calls_value_fn
def trust_region_step(
    radius: Annotated[Rate, LogUniform(1e-3, 1e2)],
) -> optax.GradientTransformationExtraArgs:
    """argmin gᵀs + ½ sᵀHs over ‖s‖ <= η: (H + μI) s = -g, μ >= 0, H + μI ⪰ 0.

    Exact, by the eigenvalues of H, also if H is indefinite or g has no component in
    the direction of H's least eigenvalue (the hard case). The loss is not compared
    with the model.

    Args:
        radius: η, in units of the parameters, > 0, or a schedule.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`;
        it needs one Hessian per step.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `init`: a Hessian of that size is too large.

    References:
        Moré and Sorensen, "Computing a trust region step", 1983.
    """

    def init(params: optax.Params) -> TrustRegionState:
        refuse_large(params)
        return TrustRegionState(jnp.zeros([], jnp.int32), jnp.asarray(False))

    def update(
        updates: optax.Updates,
        state: TrustRegionState,
        params: optax.Params | None = None,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, TrustRegionState]:
        del extra_args
        gradient, unravel = ravel_pytree(updates)
        values, vectors = jnp.linalg.eigh(hessian(value_fn, params))
        size = jnp.asarray(at(radius, state.count), gradient.dtype)
        step = vectors @ least_on_ball(values, vectors.T @ gradient, size)
        failed = ~jnp.all(jnp.isfinite(step))
        step = jnp.where(failed, 0, step)
        return unravel(step), TrustRegionState(state.count + 1, failed)

    return transformation(init, update)


_HALVINGS = 64


def least_on_ball(
    values: jax.Array, gradient: jax.Array, radius: jax.Array
) -> jax.Array:
    """argmin gᵀs + ½ Σ λ_i s_i² over ‖s‖ <= η: s_i = -g_i / (λ_i + μ).

    Written with t = λ_1 + μ and the gaps λ_i - λ_1, so that no digits are lost if μ
    nearly cancels λ_1.

    Args:
        values: λ, float[n], ascending.
        gradient: g, float[n], in the basis of the eigenvectors.
        radius: η, float[].

    Returns:
        s, float[n].

    References:
        Moré and Sorensen, "Computing a trust region step", 1983.
    """
    values, gradient = _without_rounding(values, gradient)

    def step(t: jax.Array) -> jax.Array:
        return -gradient / (values - values[0] + t)

    start = jnp.maximum(values[0], jnp.finfo(values.dtype).tiny)
    inner = step(start)
    inside = jnp.linalg.norm(inner) <= radius
    end = jnp.maximum(jnp.linalg.norm(gradient) / radius, start)
    sphere = step(_bisect(lambda t: jnp.linalg.norm(step(t)) > radius, start, end))
    return jnp.where(inside, _hard_case(inner, values, radius), sphere)


def _hard_case(inner: jax.Array, values: jax.Array, radius: jax.Array) -> jax.Array:
    """Extend s to the sphere along the least eigenvalue's direction, if it is negative.

    Either sign gives a minimum: g has no component in that direction.
    """
    rest = jnp.sqrt(jnp.maximum(radius**2 - jnp.sum(inner**2), 0))
    return inner.at[0].add(jnp.where(values[0] < 0, rest, 0))


def _without_rounding(
    values: jax.Array, gradient: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Set to zero eigenvalues that are rounding noise, and such entries of g there.

    Otherwise a step would go to the sphere along a flat direction.
    """
    share = len(values) * jnp.finfo(values.dtype).eps
    flat = jnp.abs(values) <= share * jnp.max(jnp.abs(values))
    noise = jnp.abs(gradient) <= share * jnp.linalg.norm(gradient)
    return jnp.where(flat, 0, values), jnp.where(flat & noise, 0, gradient)


def _bisect(
    low: Callable[[jax.Array], jax.Array], start: jax.Array, end: jax.Array
) -> jax.Array:
    """Return the least t in [start, end] that is not `low`, by halving log t."""

    def halve(_: int, ends: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        left, right = ends
        middle = jnp.sqrt(left) * jnp.sqrt(right)
        below = low(middle)
        return jnp.where(below, middle, left), jnp.where(below, right, middle)

    return jax.lax.fori_loop(0, _HALVINGS, halve, (start, end))[1]
