"""Optional parts of an optimizer beside optax's `init` and `update`."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import optax

F = TypeVar("F", bound=Callable[..., Any])


class NotApplicable(Exception):
    """An optimizer cannot run in this loop or on this problem; with the reason."""


class WithAnswer(NamedTuple):
    """A transformation with a third function: the params that are evaluated.

    Attributes:
        init: params -> state.
        update: As in `optax.GradientTransformationExtraArgs`.
        answer: (state, params) -> params.
    """

    init: Callable[..., Any]
    update: Callable[..., Any]
    answer: Callable[[Any, Any], Any]


class WithLoss(optax.GradientTransformationExtraArgs):
    """A transformation that needs neither the value nor the gradient of a step.

    It has computed the loss by calls of its own, and says what it was, so that a loop
    asks for none. Inside another transformation it is one like any other, which does
    not look at the gradient that it is given.

    Args:
        init: params -> state.
        update: As in `optax.GradientTransformationExtraArgs`; `updates` are not used.
        loss: state -> float[], the loss at the params that the last `update` was given.
        keeps_model: Whether the state holds what was computed of the objective, so that
            the objective has to be the same at each step.
        start: (params, value_fn) -> state, in place of `init`, of an optimizer whose
            state has the shape of what `value_fn` returns; it evaluates shapes alone.
    """

    loss: Callable[[Any], jax.Array]
    keeps_model: bool
    start: Callable[[Any, Any], Any]

    def __new__(
        cls,
        init: Callable[..., Any],
        update: Callable[..., tuple[Any, Any]],
        loss: Callable[[Any], jax.Array],
        keeps_model: bool = False,
        start: Callable[[Any, Any], Any] | None = None,
    ) -> "WithLoss":
        """Make it of its functions."""
        made = super().__new__(cls, init, update)
        made.loss, made.keeps_model = loss, keeps_model
        made.start = start or (lambda params, value_fn: init(params))
        return made


def transformation(
    init: Callable[..., Any], update: Callable[..., tuple[Any, Any]]
) -> optax.GradientTransformationExtraArgs:
    """Pair `init` with an `update` that requires keywords.

    optax's protocol makes every keyword optional, so that a type checker refuses an
    `update` that requires `value_fn`; here any `update` is accepted.
    """
    return optax.GradientTransformationExtraArgs(init, update)


def calls_value_fn(factory: F) -> F:
    """Mark a factory whose optimizers call `value_fn`.

    `make` refuses to put them into optax's wrappers that do not pass on `value_fn`.
    """
    factory.__dict__["calls_value_fn"] = True
    return factory


def needs(part: Callable[[Any], Any]) -> Callable[[F], F]:
    """Mark a factory whose optimizers need a part of the objective that some lack.

    So a loop can find out before the first step whether they fit.

    Args:
        part: Returns it, or raises NotApplicable for an objective without it.
    """

    def mark(factory: F) -> F:
        factory.__dict__["needs"] = part
        return factory

    return mark


def takes_parts(beside: str = "") -> Callable[[F], F]:
    """Mark a factory whose argument is a list of optimizers.

    `make` makes each table of the list into an optimizer.

    Args:
        beside: A key that such a table has beside the settings of its optimizer. The
            factory then gets pairs of an optimizer and the value of this key, or None.
    """

    def mark(factory: F) -> F:
        factory.__dict__["beside"] = beside
        return factory

    return mark


def failure(state: Any) -> jax.Array:
    """Return bool[]: whether any state in the tree has a step that failed."""
    failed = jnp.asarray(False)
    for each in _states_that_can_fail(state):
        failed |= each.failed
    return failed


def failure_reason(state: Any) -> str | None:
    """Return the reason of the states that can fail, or None if none can."""
    reasons = dict.fromkeys(each.reason for each in _states_that_can_fail(state))
    return " ".join(reasons) or None


def _states_that_can_fail(state: Any) -> list[Any]:
    return [s for s in jax.tree.leaves(state, is_leaf=_can_fail) if _can_fail(s)]


def _can_fail(state: Any) -> bool:
    return hasattr(state, "failed") and isinstance(getattr(state, "reason", None), str)
