"""The least value of a quadratic on a ball, in the basis of its eigenvectors."""

from collections.abc import Callable

import jax
import jax.numpy as jnp

_HALVINGS = 64


def least_on_ball(
    values: jax.Array, gradient: jax.Array, radius: jax.Array
) -> jax.Array:
    """argmin gᵀs + ½ Σ λ_i s_i² over ‖s‖ <= η: s_i = -g_i / (λ_i + μ).

    Written with t = λ_1 + μ and the gaps λ_i - λ_1, so that the case where μ nearly
    cancels λ_1 loses no digits.

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
    """Go on to the sphere where curvature is negative and g does not say which way.

    Either sign does: the model has no slope along the least eigenvalue's direction.
    """
    rest = jnp.sqrt(jnp.maximum(radius**2 - jnp.sum(inner**2), 0))
    return inner.at[0].add(jnp.where(values[0] < 0, rest, 0))


def _without_rounding(
    values: jax.Array, gradient: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Set to zero what rounding alone explains: flat directions, and g along them.

    Else a step would run to the sphere along a direction that changes nothing.
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
