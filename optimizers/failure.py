"""A step that could not be taken, found anywhere in an optimizer's state."""

from typing import Any

import jax
import jax.numpy as jnp


def failure(state: Any) -> jax.Array:
    """Return bool[]: whether any state in the tree says that its step failed."""
    failed = jnp.asarray(False)
    for found in _states(state):
        failed |= found.failed
    return failed


def failure_reason(state: Any) -> str | None:
    """Return the sentence of the states that can fail, or None: none can."""
    reasons = dict.fromkeys(found.reason for found in _states(state))
    return " ".join(reasons) or None


def _states(state: Any) -> list[Any]:
    return [s for s in jax.tree.leaves(state, is_leaf=_can_fail) if _can_fail(s)]


def _can_fail(state: Any) -> bool:
    return hasattr(state, "failed") and isinstance(getattr(state, "reason", None), str)
