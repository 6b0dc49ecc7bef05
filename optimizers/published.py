"""The loops of "More Descent, Less Gradient" exactly as published, errors included."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import calls_value_fn, transformation
from .settings import Count, Finite, LogUniform, Positive, checked
from .tree_math import along


@checked
@calls_value_fn
def keep_stepping_published(
    learning_rate: Annotated[Positive, LogUniform(1e-4, 1e2)],
    max_steps: Count = 20,
    scale_i: Finite = 0.0,
) -> optax.GradientTransformationExtraArgs:
    """x ← x - ε (1 - scale_i √i) g, i = 0, 0, 1, 2, ..., while the loss falls.

    As published: the minus sign moves back uphill if scale_i √i > 1, the last move,
    which raises the loss, is kept, the loss at the start is evaluated again, and there
    are at most max_steps + 1 moves. `keep_stepping` is the repaired version.

    Args:
        learning_rate: ε, the first move's length in units of the gradient, > 0.
        max_steps: Most moves after the first, >= 1.
        scale_i: How fast moves change.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`; it
        needs two values, and one more per move after the first.

    Raises:
        ValueError: A number is out of its range.

    References:
        Warmerdam, "More Descent, Less Gradient", 2020.
    """

    def factor(loop: _Loop) -> jax.Array:
        return 1 - scale_i * jnp.sqrt(loop.i.astype(loop.new.dtype))

    return _published(learning_rate, max_steps, factor)


@checked
@calls_value_fn
def keep_vaulting_published(
    learning_rate: Annotated[Positive, LogUniform(1e-4, 1e1)],
    max_steps: Count = 20,
) -> optax.GradientTransformationExtraArgs:
    """x ← x - ε j g, j = -second/first ε, of the last two losses.

    first = (L₁ - L₀)/ε and second = (L₁ - first)/ε as published: a slope is
    subtracted from a loss, and Newton's ratio is inverted. Simplified,
    j = 1 + ε L₁/(L₀ - L₁): it depends on a constant added to the loss and grows
    without bound as progress stops. The first move has j = 1, the last move, which
    raises the loss, is kept, and the loss at the start is evaluated again.
    `keep_vaulting` is the repaired version.

    Args:
        learning_rate: ε, the first move's length in units of the gradient, > 0.
        max_steps: Most moves after the first, >= 1.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`; it
        needs two values, and one more per move after the first.

    Raises:
        ValueError: A number is out of its range.

    References:
        Warmerdam, "More Descent, Less Gradient", 2020.
    """

    def factor(loop: _Loop) -> jax.Array:
        first = (loop.new - loop.old) / learning_rate
        second = (loop.new - first) / learning_rate
        return -second / first * learning_rate

    return _published(learning_rate, max_steps, factor)


class _Loop(NamedTuple):
    i: jax.Array
    x: Any
    old: jax.Array
    new: jax.Array


def _published(
    learning_rate: Any, max_steps: int, factor: Callable[[_Loop], jax.Array]
) -> optax.GradientTransformationExtraArgs:
    """Return the loop of both: one move, then moves while the loss falls."""

    def init(params: optax.Params) -> optax.EmptyState:
        del params
        return optax.EmptyState()

    def update(
        updates: optax.Updates,
        state: optax.EmptyState,
        params: optax.Params | None = None,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, optax.EmptyState]:
        del extra_args
        # The published code evaluates the loss again; `value` would be enough.
        old = value_fn(params)
        rate = jnp.asarray(learning_rate, old.dtype)

        def move(loop: _Loop) -> _Loop:
            length = rate * factor(loop).astype(rate.dtype)
            x = along(loop.x, -length, updates)
            return _Loop(loop.i + 1, x, loop.new, value_fn(x))

        x = along(params, -rate, updates)
        end = jax.lax.while_loop(
            lambda loop: (loop.new < loop.old) & (loop.i < max_steps),
            move,
            _Loop(jnp.asarray(0), x, old, value_fn(x)),
        )
        return jax.tree.map(jnp.subtract, end.x, params), state

    return transformation(init, update)
