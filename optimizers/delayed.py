"""An optimizer that gets the gradients of earlier steps."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import NotApplicable, WithAnswer, WithLoss, transformation


class DelayedState(NamedTuple):
    """The last gradients, and the state of the optimizer that gets them.

    Attributes:
        count: t, the steps taken, int32[].
        past: The gradients of the last k steps; that of step t is at t mod k.
        inner: The optimizer's own.
    """

    count: jax.Array
    past: Any
    inner: Any


class _NoValue:
    """The `value_fn` of a step whose gradient is of another point."""

    def __call__(self, params: Any) -> Any:
        raise NotApplicable(_CALLS)

    def __getattr__(self, name: str) -> Any:
        raise NotApplicable(_CALLS)


_CALLS = (
    "the optimizer calls value_fn, and gradients are delayed here: a search along a "
    "gradient of another point would be none of its own"
)


def delayed(
    optimizer: optax.GradientTransformationExtraArgs | WithAnswer, steps: int
) -> optax.GradientTransformationExtraArgs | WithAnswer:
    """Give an optimizer at step t the gradient of step max(t - k, 0).

    The params move by what the optimizer makes of it, as with asynchronous workers. Its
    `value` is that of the current params.

    Args:
        optimizer: Any optimizer that asks for one gradient a step.
        steps: k, at least 1.

    Raises:
        NotApplicable: It takes no gradient, or calls `value_fn` in a step.
    """
    if isinstance(optimizer, WithLoss):
        raise NotApplicable(
            "gradients are delayed here, and the optimizer takes none or computes its "
            "own"
        )

    def init(params: Any) -> DelayedState:
        past = jax.tree.map(lambda x: jnp.zeros((steps, *x.shape), x.dtype), params)
        return DelayedState(jnp.int32(0), past, optimizer.init(params))

    def update(
        updates: Any, state: DelayedState, params: Any = None, **known: Any
    ) -> tuple[Any, DelayedState]:
        place = state.count % steps
        oldest = jnp.where(state.count < steps, 0, place)
        is_first = state.count == 0
        seen = jax.tree.map(
            lambda g, held: jnp.where(is_first, g, held[oldest]), updates, state.past
        )
        past = jax.tree.map(lambda g, held: held.at[place].set(g), updates, state.past)
        known |= {"grad": seen, "value_fn": _NoValue()}
        moved, inner = optimizer.update(seen, state.inner, params, **known)
        return moved, DelayedState(state.count + 1, past, inner)

    if not isinstance(optimizer, WithAnswer):
        return transformation(init, update)
    answer = optimizer.answer
    return WithAnswer(init, update, lambda state, params: answer(state.inner, params))
