"""Walk along one gradient for as long as the loss falls."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .asking import line, ray
from .line import along, scaled
from .rates import at
from .settings import Count, NonNegative, Rate, checked
from .transformation import transformation


class KeepSteppingState(NamedTuple):
    """Gradients followed so far, for a scheduled learning rate."""

    count: jax.Array


@checked
def keep_stepping(
    learning_rate: Rate,
    max_steps: Count = 20,
    impatience: NonNegative = 0.0,
    lookahead: Count = 1,
    line_form: bool = True,
) -> optax.GradientTransformationExtraArgs:
    """x_{i+1} = x_i - ε (1 + impatience √i) g(x_0), while the loss falls.

    A gradient needs a backward pass, a look at the loss does not. The move that
    makes the loss worse is undone, so the loss never rises: where already the
    first move makes it worse, the step is zero.

    Args:
        learning_rate: ε, the first move's length in units of the gradient, > 0, or
            a schedule over gradients.
        max_steps: Most moves along one gradient, >= 1.
        impatience: How fast moves lengthen, >= 0; 0 keeps them equal.
        lookahead: Moves that are asked for together, >= 1. The same moves are made;
            those that were asked for in vain are counted too. More than one is faster
            where a look is mostly the asking or the reading of data (small problems,
            regressions without a line form) and slower where it is mostly arithmetic
            (nets with activations).
        line_form: Whether to look along an objective's `ray` where it has one: after
            two products with the data, a look is one loss an example.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value` and
        `value_fn`; each move asks for one value, or for `lookahead` of them.

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

        look = _looking(value_fn, params, scaled(-1, updates), lookahead, line_form)

        def move(walk: _Walk) -> _Walk:
            moves = walk.moves + jnp.arange(lookahead)
            root = jnp.sqrt(moves.astype(start.dtype))
            steps = rate * (1 + impatience * root).astype(start.dtype)
            lengths = _added(walk.length, steps)
            losses = jnp.append(walk.loss, look(lengths[1:]).astype(start.dtype))
            falls = (losses[1:] < losses[:-1]) & (moves < max_steps)
            kept = jnp.argmin(jnp.append(falls, False))  # the first that does not
            return _Walk(moves[-1] + 1, lengths[kept], losses[kept], falls[-1])

        begin = _Walk(jnp.asarray(0), jnp.zeros_like(start), start, jnp.asarray(True))
        end = jax.lax.while_loop(
            lambda walk: walk.falls & (walk.moves < max_steps), move, begin
        )
        return scaled(-end.length, updates), KeepSteppingState(state.count + 1)

    return transformation(init, update)


class _Walk(NamedTuple):
    moves: jax.Array
    length: jax.Array
    loss: jax.Array
    falls: jax.Array


def _looking(
    value_fn: Any, params: Any, direction: Any, lookahead: int, line_form: bool
) -> Callable[[jax.Array], jax.Array]:
    """Return what takes lengths along the direction, float[k], to losses."""
    found = ray(value_fn, params, direction) if line_form else None
    if lookahead > 1:
        if found is not None:
            return found.values
        return lambda lengths: line(value_fn, params, direction, lengths)
    one = found or (lambda length: value_fn(along(params, length, direction)))
    return lambda lengths: jnp.reshape(one(lengths[0]), 1)


def _added(length: jax.Array, steps: jax.Array) -> jax.Array:
    """Return the length before and after each step, added up in their order."""
    lengths = [length]
    for step in steps:
        lengths.append(lengths[-1] + step)
    return jnp.stack(lengths)
