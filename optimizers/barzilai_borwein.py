"""Gradient descent whose step length is the last step's inverse curvature."""

from typing import Annotated, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import calls_value_fn, transformation
from .settings import Count, LogUniform, Positive, checked
from .tree_math import along, dot, scaled, zero_unless

DECREASE = 1e-4
MAX_HALVINGS = 30
SHORTEST, LONGEST = 1e-10, 1e10


class BarzilaiBorweinState(NamedTuple):
    """The point before, its gradient and the last step length.

    Attributes:
        params: x_{k-1}, a tree.
        gradient: g_{k-1}, a tree.
        length: t_{k-1}, in units of the gradient; 0 before the first step.
        count: Steps taken.
        recent: The last values, float[m]; -inf before there are any.
    """

    params: Any
    gradient: Any
    length: jax.Array
    count: jax.Array
    recent: jax.Array


@checked
@calls_value_fn
def barzilai_borwein(
    first_move: Annotated[Positive, LogUniform(1e-5, 1e1)] = 1e-2,
    rule: Literal["long", "short", "alternate"] = "alternate",
    nonmonotone: Count | None = None,
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k - t_k g_k, t = sᵀs/sᵀy (long) or sᵀy/yᵀy (short).

    s = x_k - x_{k-1} and y = g_k - g_{k-1}, so that t is the inverse of a curvature
    along the last step. If sᵀy is not positive, the last t is kept; t stays in
    [1e-10, 1e10]. The loss may rise. With batches, y is also the difference of the
    batches, which the method does not allow for.

    Args:
        first_move: ‖x_1 - x_0‖, in units of the parameters, > 0.
        rule: The long or the short length, or both in turn.
        nonmonotone: Without it, a step needs one gradient and no value. With m, t is
            halved until the loss is below the greatest of the last m losses by
            1e-4 t ‖g‖²; after 30 halvings the step is zero.

    Returns:
        A transformation whose `update` needs `params`, and with `nonmonotone` the
        keywords `value` and `value_fn`; a step then needs a value for each t.

    Raises:
        ValueError: A number is out of its range.

    References:
        Barzilai and Borwein, "Two-point step size gradient methods", 1988. Raydan,
        "The Barzilai and Borwein gradient method for the large scale unconstrained
        minimization problem", 1997.
    """

    def init(params: optax.Params) -> BarzilaiBorweinState:
        dtype = jnp.result_type(*jax.tree.leaves(params))
        zero = optax.tree.zeros_like(params)
        recent = jnp.full([nonmonotone or 0], -jnp.inf, dtype)
        count = jnp.zeros([], jnp.int32)
        # A second array of zeros: one buffer cannot be donated twice.
        return BarzilaiBorweinState(
            zero, optax.tree.zeros_like(params), jnp.zeros([], dtype), count, recent
        )

    def update(
        updates: optax.Updates,
        state: BarzilaiBorweinState,
        params: optax.Params | None = None,
        *,
        value: Any = None,
        value_fn: Any = None,
        **extra_args: Any,
    ) -> tuple[optax.Updates, BarzilaiBorweinState]:
        del extra_args
        s = along(params, -1, state.params)
        y = along(updates, -1, state.gradient)
        length = _length(rule, state, dot(s, s), dot(s, y), dot(y, y))
        square = dot(updates, updates).astype(length.dtype)
        first = jnp.asarray(first_move, length.dtype) / _positive_or_1(jnp.sqrt(square))
        length = jnp.where(state.length > 0, length, first)
        recent, found = state.recent, True
        if nonmonotone:
            recent = jnp.append(recent[1:], jnp.asarray(value, recent.dtype))
            length, found = _lowered(
                value_fn, params, updates, length, square, jnp.max(recent)
            )
        # A gradient of zero says nothing about the length.
        length = jnp.where(square > 0, length, state.length)
        after = BarzilaiBorweinState(params, updates, length, state.count + 1, recent)
        return zero_unless(found, scaled(-length, updates)), after

    return transformation(init, update)


def _length(
    rule: str,
    state: BarzilaiBorweinState,
    ss: jax.Array,
    sy: jax.Array,
    yy: jax.Array,
) -> jax.Array:
    """Return t in [1e-10, 1e10], or the last t if sᵀy is not positive."""
    known = jnp.isfinite(yy) & (sy > 0)
    long, short = ss / _positive_or_1(sy), sy / _positive_or_1(yy)
    is_long = state.count % 2 == 1 if rule == "alternate" else rule == "long"
    length = jnp.clip(jnp.where(is_long, long, short), SHORTEST, LONGEST)
    return jnp.where(known, length, state.length).astype(state.length.dtype)


def _positive_or_1(x: jax.Array) -> jax.Array:
    return jnp.where(x > 0, x, 1)


def _lowered(
    value_fn: Any,
    params: Any,
    updates: Any,
    length: jax.Array,
    square: jax.Array,
    greatest: jax.Array,
) -> tuple[jax.Array, jax.Array]:
    """Return the first of t, t/2, t/4, ... that is low enough, and whether one is."""

    def accepts(t: jax.Array) -> jax.Array:
        after = value_fn(along(params, -t, updates))
        return after <= greatest - DECREASE * t * square

    def halve(now: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        t, halvings, _ = now
        t = jnp.where(halvings < 0, t, t / 2)
        return t, halvings + 1, accepts(t)

    begin = (length, jnp.asarray(-1), ~(square > 0))
    t, _, found = jax.lax.while_loop(
        lambda now: ~now[2] & (now[1] < MAX_HALVINGS), halve, begin
    )
    return t, found
