"""What the contract asks of a problem that carries a state, in words."""

from typing import Any

import jax
import numpy as np

_STATES = "a problem with stateful = True carries a state"


def wrong_start(start: Any) -> str:
    """Return what is wrong with the result of `init(key)`; "" if nothing is."""
    if not _is_pair(start):
        return f"init(key) returns no pair, and (params, state) is wanted: {_STATES}"
    for path, leaf in jax.tree_util.tree_leaves_with_path(start[1]):
        if not isinstance(leaf, jax.Array | np.ndarray | np.generic | int | float):
            place = jax.tree_util.keystr(path)
            kind = type(leaf).__name__
            return f"init(key) returns state{place} as {kind}, which is no array"
    return ""


def wrong_pass(passed: Any, state: Any) -> str:
    """Return what is wrong with the result of a loss; "" if nothing is.

    Args:
        passed: Shapes of what `loss(params, state, train)` returned.
        state: The state that it was given.
    """
    what = "loss(params, state, train)"
    if not _is_pair(passed):
        return f"{what} returns no pair, and (loss, state) is wanted: {_STATES}"
    given, after = map(jax.tree_util.tree_flatten_with_path, (state, passed[1]))
    if given[1] != after[1]:
        return (
            f"{what} returns a state of another structure than init(key): "
            f"{after[1]} instead of {given[1]}"
        )
    for (path, old), (_, new) in zip(given[0], after[0], strict=True):
        if (told := _kind(new)) != (wanted := _kind(old)):
            place = jax.tree_util.keystr(path)
            return f"{what} returns state{place} as {told}, and init(key) as {wanted}"
    return ""


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2


def _kind(leaf: Any) -> str:
    return f"{leaf.dtype}[{','.join(map(str, leaf.shape))}]"
