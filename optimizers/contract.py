"""What an optimizer may have beside optax's `init` and `update`."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import optax

F = TypeVar("F", bound=Callable[..., Any])

_SEARCHES = (
    optax.ScaleByBacktrackingLinesearchState,
    optax.ScaleByZoomLinesearchState,
)


class NotApplicable(Exception):
    """This optimizer cannot run in this loop or on this problem, and why."""


class WithAnswer(NamedTuple):
    """A transformation with a third function: the params that are evaluated.

    Attributes:
        init: params -> state.
        update: As of `optax.GradientTransformationExtraArgs`.
        answer: (state, params) -> params.
    """

    init: Callable[..., Any]
    update: Callable[..., Any]
    answer: Callable[[Any, Any], Any]


def transformation(
    init: Callable[..., Any], update: Callable[..., tuple[Any, Any]]
) -> optax.GradientTransformationExtraArgs:
    """Pair `init` with an `update` that needs keywords of its own.

    optax's protocol says that every keyword is optional; an optimizer that needs
    `value_fn` says so in its signature, and a type checker must not mind.
    """
    return optax.GradientTransformationExtraArgs(init, update)


def calls_value_fn(factory: F) -> F:
    """Mark a factory whose optimizers call `value_fn`.

    Some of optax's wrappers do not pass it on; `make` refuses them around such a one.
    """
    factory.__dict__["calls_value_fn"] = True
    return factory


def failure(state: Any) -> jax.Array:
    """Return bool[]: whether any state in the tree has a step that failed."""
    failed = jnp.asarray(False)
    for each in _states_that_can_fail(state):
        failed |= each.failed
    return failed


def failure_reason(state: Any) -> str | None:
    """Return the reason of the states that can fail, or None: none can."""
    reasons = dict.fromkeys(each.reason for each in _states_that_can_fail(state))
    return " ".join(reasons) or None


def _states_that_can_fail(state: Any) -> list[Any]:
    return [s for s in jax.tree.leaves(state, is_leaf=_can_fail) if _can_fail(s)]


def _can_fail(state: Any) -> bool:
    return hasattr(state, "failed") and isinstance(getattr(state, "reason", None), str)


def reusable(state: Any) -> tuple[Any, Any] | None:
    """Return the next step's value and gradient, if a line search has left them.

    It has where the last transformation is one of optax's two line searches and
    stores the gradient; after any other the parameters are elsewhere. Before the
    first step the value is infinite.
    """
    if isinstance(state, _SEARCHES):
        return None if state.grad is None else (state.value, state.grad)
    chained = isinstance(state, tuple) and not hasattr(state, "_fields")
    return reusable(state[-1]) if chained and state else None
