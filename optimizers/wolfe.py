"""A line search along a direction, to a point that meets Wolfe's conditions."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .tree_math import dot, scaled, zero_unless

DECREASE = 1e-4
"""The share of the decrease by the slope that a point must have."""
ROUNDING = 1e-6
"""The share of a loss that it may rise by and still count as no rise."""


class Found(NamedTuple):
    """Where a line search ended.

    Attributes:
        step: s = t d, a tree like the params; zero if no lower point was found.
        length: t.
        rise: f(x + s) - f(x), above 0 by rounding at most.
        gradient: At x + s, on the examples of this step.
        lower: Whether a point was found.
    """

    step: Any
    length: jax.Array
    rise: jax.Array
    gradient: Any
    lower: jax.Array


class Start(NamedTuple):
    """Where a line search starts: x, f(x), its gradient, and f."""

    params: Any
    value: Any
    grad: Any
    value_fn: Any


def search(
    direction: Any, start: Start, first: Any, curvature: Any, most: int
) -> Found:
    """φ(t) <= φ(0) + c₁ t φ'(0) and |φ'(t)| <= c₂ |φ'(0)|, φ(t) = f(x + t d).

    The search is optax's. Close to a minimum, where rounding hides a decrease, its
    slope decides, as in Hager and Zhang. A point with the decrease alone is taken if
    there is none with both; values that are not finite count as too far.

    Args:
        direction: d, a tree.
        start: x, and what is known there.
        first: The first t, float[].
        curvature: c₂, in (0, 1).
        most: Most values and gradients.

    Returns:
        The point; the start, if all that were found are higher.

    References:
        Nocedal and Wright, "Numerical Optimization", 2006, section 3.5.
    """
    value = jnp.asarray(start.value)
    zoom = optax.scale_by_zoom_linesearch(
        max_linesearch_steps=most,
        slope_rtol=DECREASE,
        curv_rtol=jnp.asarray(curvature, value.dtype),
        approx_dec_rtol=ROUNDING,
        initial_guess_strategy="one",
    )
    moved: Any = zoom.update(
        scaled(first, direction),
        zoom.init(start.params),
        start.params,
        value=value,
        grad=start.grad,
        value_fn=start.value_fn,
    )
    step, end = moved
    lower = _is_no_higher(end.value, value) & (end.learning_rate > 0)
    gradient = optax.tree.where(lower, end.grad, start.grad)
    length = jnp.where(lower, end.learning_rate * first, 0).astype(value.dtype)
    rise = jnp.where(lower, end.value - value, 0).astype(value.dtype)
    return Found(zero_unless(lower, step), length, rise, gradient, lower)


def _is_no_higher(after: jax.Array, before: jax.Array) -> jax.Array:
    """Return bool[]: whether a loss is finite, and above another by rounding at most.

    optax ends at its last point if none has the decrease, however high that is.
    """
    share = jnp.maximum(ROUNDING, jnp.finfo(after.dtype).eps)
    return jnp.isfinite(after) & (after <= before + share * jnp.abs(before))


def of_unit_length(direction: Any) -> jax.Array:
    """Return 1 / ‖d‖, or 1 if d is zero: the length of a move of 1."""
    norm = jnp.sqrt(dot(direction, direction))
    return 1 / jnp.where(norm > 0, norm, 1)
