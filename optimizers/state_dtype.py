"""An optimizer whose state is kept in another dtype than it is computed in."""

from typing import Any

import jax
import jax.numpy as jnp
import optax

from .contract import WithAnswer, WithLoss


def with_state_in(
    optimizer: optax.GradientTransformationExtraArgs | WithAnswer, dtype: str
) -> optax.GradientTransformationExtraArgs | WithAnswer:
    """Keep the floats of an optimizer's state in a dtype between two steps.

    Each step converts the state to the optimizer's own dtypes, computes as ever, and
    rounds the next state. Whole numbers and random keys stay as they are.

    Args:
        optimizer: Any optimizer of optax's form.
        dtype: Of the floats that are kept, for example "bfloat16".
    """

    def init(params: Any) -> Any:
        return _kept(optimizer.init(params))

    def update(updates: Any, state: Any, params: Any = None, **known: Any) -> Any:
        own = _like(state, jax.eval_shape(optimizer.init, params))
        moved, after = optimizer.update(updates, own, params, **known)
        return moved, _kept(after)

    def _kept(state: Any) -> Any:
        return jax.tree.map(lambda x: x.astype(dtype) if _is_float(x) else x, state)

    if isinstance(optimizer, WithLoss):
        return WithLoss(init, update, optimizer.loss, optimizer.keeps_model)
    if not isinstance(optimizer, WithAnswer):
        return optax.GradientTransformationExtraArgs(init, update)

    def answer(state: Any, params: Any) -> Any:
        own = _like(state, jax.eval_shape(optimizer.init, params))
        return optimizer.answer(own, params)

    return WithAnswer(init, update, answer)


def _is_float(leaf: Any) -> bool:
    return jnp.issubdtype(jnp.result_type(leaf), jnp.floating)


def _like(state: Any, model: Any) -> Any:
    """Convert the floats of a state to the dtypes of a model of it."""
    return jax.tree.map(
        lambda x, like: x.astype(like.dtype) if _is_float(x) else x, state, model
    )
