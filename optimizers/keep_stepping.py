"""Keep-stepping: move along one gradient for as long as the loss falls."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import calls_value_fn, transformation
from .objective import Ray, ray
from .schedules import at
from .settings import Count, LogUniform, NonNegative, Rate, checked
from .tree_math import scaled


class KeepSteppingState(NamedTuple):
    """Gradients followed so far, for a scheduled learning rate."""

    count: jax.Array


@checked
@calls_value_fn
def keep_stepping(
    learning_rate: Annotated[Rate, LogUniform(1e-4, 1e2)],
    max_steps: Count = 20,
    impatience: NonNegative = 0.0,
    lookahead: Count = 1,
    line_form: bool = True,
) -> optax.GradientTransformationExtraArgs:
    """x_{i+1} = x_i - ε (1 + impatience √i) g(x_0), while the loss falls.

    A gradient needs a backward pass, a value does not. A move that raises the loss
    is undone, so that the loss never rises: if the first move raises it, the step
    is zero.

    Args:
        learning_rate: ε, the first move's length in units of the gradient, > 0, or
            a schedule over gradients.
        max_steps: Most moves along one gradient, >= 1.
        impatience: How fast moves lengthen, >= 0; 0 keeps them equal.
        lookahead: Values that are computed together, >= 1. The moves are the same;
            values after the last move are counted too. More than one is faster if a
            value costs mostly dispatch or reading of data (small problems, regressions
            without a ray) and slower if it costs mostly arithmetic (nets with
            activations).
        line_form: Whether to use the objective's `ray` if it has one: after two
            products with the data, a value costs one loss per example.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value` and
        `value_fn`; each move needs one value, or `lookahead` of them.

    Raises:
        ValueError: A number is out of its range.

    References:
        Warmerdam, "More Descent, Less Gradient", 2020.
    """

    def init(params: optax.Params) -> KeepSteppingState:
        del params
        return KeepSteppingState(jnp.zeros([], jnp.int32))

    def update(
        updates: optax.Updates,
        state: KeepSteppingState,
        params: optax.Params | None = None,
        *,
        value: Any,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, KeepSteppingState]:
        del extra_args
        start = jnp.asarray(value)
        rate = jnp.asarray(at(learning_rate, state.count), start.dtype)

        along = ray(value_fn, params, scaled(-1, updates), line_form)

        def move(walk: _Moves) -> _Moves:
            moves = walk.moves + jnp.arange(lookahead)
            root = jnp.sqrt(moves.astype(start.dtype))
            steps = rate * (1 + impatience * root).astype(start.dtype)
            lengths = _added(walk.length, steps)
            after = _losses_at(along, lengths[1:]).astype(start.dtype)
            losses = jnp.append(walk.loss, after)
            falls = (losses[1:] < losses[:-1]) & (moves < max_steps)
            kept = jnp.argmin(
                jnp.append(falls, False)
            )  # the first move that does not lower the loss
            return _Moves(moves[-1] + 1, lengths[kept], losses[kept], falls[-1])

        begin = _Moves(jnp.asarray(0), jnp.zeros_like(start), start, jnp.asarray(True))
        end = jax.lax.while_loop(
            lambda walk: walk.falls & (walk.moves < max_steps), move, begin
        )
        return scaled(-end.length, updates), KeepSteppingState(state.count + 1)

    return transformation(init, update)


class _Moves(NamedTuple):
    moves: jax.Array
    length: jax.Array
    loss: jax.Array
    falls: jax.Array


def _losses_at(along: Ray, lengths: jax.Array) -> jax.Array:
    """Return the losses at lengths[i], float[k]; one alone is not batched."""
    if len(lengths) > 1:
        return along.values(lengths)
    return jnp.reshape(along(lengths[0]), 1)


def _added(length: jax.Array, steps: jax.Array) -> jax.Array:
    """Return the length before and after each move, summed in order."""
    lengths = [length]
    for step in steps:
        lengths.append(lengths[-1] + step)
    return jnp.stack(lengths)
