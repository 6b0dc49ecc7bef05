"""Optimizers whose answer is not the point at which they ask for gradients."""

from collections.abc import Callable
from typing import Any, NamedTuple

import optax


class WithAnswer(NamedTuple):
    """A transformation with a third function: which point is to be scored.

    Attributes:
        init: params -> state.
        update: As of `optax.GradientTransformationExtraArgs`.
        answer: (state, params) -> params.
    """

    init: Callable[..., Any]
    update: Callable[..., Any]
    answer: Callable[[Any, Any], Any]


SCHEDULE_FREE = (
    "optax.contrib.schedule_free",
    "optax.contrib.schedule_free_adamw",
    "optax.contrib.schedule_free_sgd",
)


def with_answer(
    name: str, optimizer: Any
) -> optax.GradientTransformationExtraArgs | WithAnswer:
    """Add the answer that a factory of that name is known to have."""
    if isinstance(optimizer, WithAnswer):
        return optimizer
    optimizer = optax.with_extra_args_support(optimizer)
    if name not in SCHEDULE_FREE:
        return optimizer
    from optax.contrib import schedule_free_eval_params

    return WithAnswer(optimizer.init, optimizer.update, schedule_free_eval_params)
