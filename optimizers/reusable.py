"""The value and gradient that a line search has just paid for."""

from typing import Any

import optax

_SEARCHES = (
    optax.ScaleByBacktrackingLinesearchState,
    optax.ScaleByZoomLinesearchState,
)


def reusable(state: Any) -> tuple[Any, Any] | None:
    """Return the next step's value and gradient, if the state holds them.

    It does where the last transformation is one of optax's two line searches and
    stores the gradient; after any other the parameters are elsewhere. Before the
    first step the value is infinite: nothing has been paid for yet.
    """
    if isinstance(state, _SEARCHES):
        return None if state.grad is None else (state.value, state.grad)
    chained = isinstance(state, tuple) and not hasattr(state, "_fields")
    return reusable(state[-1]) if chained and state else None
