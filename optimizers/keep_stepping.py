"""Walk along one gradient for as long as the loss falls."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .line import along, scaled
from .rates import at
from .settings import Count, NonNegative, Rate, checked
from .transformation import transformation


class KeepSteppingState(NamedTuple):
    """Gradients followed so far, for a scheduled learning rate."""

    count: jax.Array


@checked
def keep_stepping(
    learning_rate: Rate, max_steps: Count = 20, impatience: NonNegative = 0.0
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

    Returns:
        A transformation whose `update` needs `params` and the keywords `value` and
        `value_fn`; each move asks for one value.

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

        def move(walk: _Walk) -> _Walk:
            root = jnp.sqrt(walk.moves.astype(start.dtype))
            length = walk.length + rate * (1 + impatience * root).astype(start.dtype)
            there = along(params, -length, updates)
            loss = jnp.asarray(value_fn(there), start.dtype)
            falls = loss < walk.loss
            kept = jnp.where(falls, length, walk.length)
            return _Walk(walk.moves + 1, kept, jnp.where(falls, loss, walk.loss), falls)

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
