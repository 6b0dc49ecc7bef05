"""Gradient descent whose step length comes from one more value along the gradient."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import calls_value_fn, transformation
from .settings import LogUniform, Positive, checked
from .tree_math import along, dot, scaled


class CalculatedStepState(NamedTuple):
    """The last step's length, in units of the gradient."""

    length: jax.Array


@checked
@calls_value_fn
def calculated_step(
    first_look: Annotated[Positive, LogUniform(1e-4, 1e3)] = 1e-3,
) -> optax.GradientTransformationExtraArgs:
    """s* = ‖g‖² h² / (2 (φ(h) - φ(0) + h ‖g‖²)), φ(s) = f(x - s g).

    The parabola through φ(0), φ'(0) = -‖g‖² and φ(h) has its minimum at s*; on a
    quadratic that is the line's minimum. h is the last step's length, so that φ(h)
    and φ(0) differ by more than rounding. If the denominator is at most 32 u |φ(0)|, u
    the unit roundoff, the parabola is concave or dominated by rounding, and s = 4 h.
    Every step is clipped to [h/10, 10 h].

    Args:
        first_look: h of the first step, in units of the gradient, > 0.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value` and
        `value_fn`; each step needs one value.

    Raises:
        ValueError: A number is out of its range.
    """

    def init(params: optax.Params) -> CalculatedStepState:
        dtype = jnp.result_type(*jax.tree.leaves(params))
        return CalculatedStepState(jnp.asarray(first_look, dtype))

    def update(
        updates: optax.Updates,
        state: CalculatedStepState,
        params: optax.Params | None = None,
        *,
        value: Any,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, CalculatedStepState]:
        del extra_args
        ahead = value_fn(along(params, -state.length, updates))
        square = dot(updates, updates)
        length = _length(state.length, jnp.asarray(value), ahead, square)
        # A zero gradient gives no information about the length.
        length = jnp.where(square > 0, length, state.length)
        return scaled(-length, updates), CalculatedStepState(length)

    return transformation(init, update)


def _length(
    h: jax.Array, start: jax.Array, ahead: jax.Array, square: jax.Array
) -> jax.Array:
    """Return s* in the dtype of h, or 4 h, clipped to [h/10, 10 h]."""
    start, ahead, square = (a.astype(h.dtype) for a in (start, ahead, square))
    bend = ahead - start + h * square
    unit_roundoff = jnp.finfo(h.dtype).eps / 2
    lost = bend <= 32 * unit_roundoff * jnp.abs(start)
    # A value that is not finite means that h is much too long: s = h/10 by the clip.
    bend = jnp.where(jnp.isfinite(ahead), bend, jnp.inf)
    s = jnp.where(lost, 4 * h, square * h**2 / (2 * bend))
    return jnp.clip(s, h / 10, 10 * h)
