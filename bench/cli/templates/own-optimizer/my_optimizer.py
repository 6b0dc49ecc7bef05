"""An optimizer of your own: change `update`, and run mine.toml again."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from annotated_types import Ge, Gt, Lt

from optimizers import LogUniform


class MyState(NamedTuple):
    """What the next step needs from this one."""

    average: Any


def my_optimizer(
    learning_rate: Annotated[float, Gt(0), LogUniform(1e-4, 1e1)] = 0.1,
    decay: Annotated[float, Ge(0), Lt(1)] = 0.9,
) -> optax.GradientTransformationExtraArgs:
    """m ← decay m + g; x ← x - learning_rate m.

    The annotations are the ranges that `check` checks, and those that `[tuning]` tunes.
    """

    def init(params):
        return MyState(jax.tree.map(jnp.zeros_like, params))

    def update(updates, state, params=None, *, value, grad, value_fn, **extra_args):
        """Return what is added to the params, and the next state.

        `updates` and `grad` are the gradient and `value` the loss, both at `params`.
        `value_fn(params)` is the loss elsewhere: what you ask of it is counted.
        """
        del params, value, grad, value_fn, extra_args
        average = jax.tree.map(lambda m, g: decay * m + g, state.average, updates)
        step = jax.tree.map(lambda m: (-learning_rate * m).astype(m.dtype), average)
        return step, MyState(average)

    return optax.GradientTransformationExtraArgs(init, update)
