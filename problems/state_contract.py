"""The check of a problem that carries a state: what its `init` and `loss` return."""

from typing import Any

import jax
import numpy as np
from jax.tree_util import keystr, tree_flatten_with_path

from .errors import ProblemError, called, short
from .model_state import at_point
from .points import as_point, is_stateful
from .problem import Params, Problem

_LOSS = "loss(params, state, train)"
_STATES = "a problem with stateful = True carries a state"


def without_state(problem: Any, start: Any) -> tuple[Problem, Params]:
    """Return an ordinary problem and its params: that at the first state, checked.

    Args:
        problem: Any problem.
        start: What its `init` returned.

    Raises:
        ProblemError: The problem carries a state, and `start` is no pair, or the loss
            returns no pair with a state like the first one.
    """
    if not is_stateful(problem):
        return problem, start
    if problem.block is not None:
        raise ProblemError(
            "block is set, but a state is that of one pass over the whole batch: leave "
            "it out"
        )
    _check_start(start)
    point = as_point(problem, start)
    ordinary, params = at_point(problem, point)
    passed = called(_LOSS, jax.eval_shape, _pass, ordinary, params)
    _check_pass(passed, point.state)
    return ordinary, params


def _pass(problem: Any, params: Params) -> Any:
    return problem.loss_and_state(params, problem.train)


def _check_start(start: Any) -> None:
    if not _is_pair(start):
        words = "returns no pair, and (params, state) is wanted"
        raise ProblemError(f"init(key) {words}: {_STATES}")
    for path, leaf in jax.tree_util.tree_leaves_with_path(start[1]):
        if not isinstance(leaf, jax.Array | np.ndarray | np.generic | int | float):
            place = f"state{keystr(path)}"
            words = f"init(key) returns {short(leaf)} as {place}, which is no array"
            raise ProblemError(words)


def _check_pass(passed: Any, state: Any) -> None:
    """Check that a loss returned a state that the next step can be given.

    Args:
        passed: The shapes of what it returned.
        state: The state that it was given.
    """
    if not _is_pair(passed):
        words = "returns no pair, and (loss, state) is wanted"
        raise ProblemError(f"{_LOSS} {words}: {_STATES}")
    given, after = map(tree_flatten_with_path, (state, passed[1]))
    if given[1] != after[1]:
        raise ProblemError(
            f"{_LOSS} returns a state of another structure than init(key): "
            f"{short(after[1])} instead of {short(given[1])}"
        )
    for (path, old), (_, new) in zip(given[0], after[0], strict=True):
        if (told := _kind(new)) != (wanted := _kind(old)):
            raise ProblemError(
                f"{_LOSS} returns state{keystr(path)} as {told}, and init(key) as "
                f"{wanted}"
            )


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2


def _kind(leaf: Any) -> str:
    return f"{leaf.dtype}[{','.join(map(str, leaf.shape))}]"
