"""The shapes and types of an optimizer's state, once a step no longer changes them."""

from contextlib import suppress
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import problems

from .loop import started, value_fn_of
from .memory import Memory, nothing_known, writes_in_branches
from .meter import Metered


def zeros_of(leaf: jax.ShapeDtypeStruct) -> Any:
    """Return zeros of a leaf's shape and type, also for random keys."""
    is_key = jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    return (jnp if is_key else np).zeros(leaf.shape, leaf.dtype)


def checked(returned: Any, params: Any) -> tuple[Any, Any]:
    """Return what an update returned, if it is a step for the params, and a state.

    Raises:
        TypeError: It is not.
    """
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        raise TypeError("update does not return a pair: the step and the next state")
    step, state = returned
    found, wanted = jax.tree.structure(step), jax.tree.structure(params)
    if found != wanted:
        raise TypeError(f"update returns the step {found} for the params {wanted}")
    placed = jax.tree_util.tree_leaves_with_path(params)
    for (path, leaf), moved in zip(placed, jax.tree.leaves(step), strict=True):
        own = np.shape(leaf)
        if _added(own, np.shape(moved)) != own:
            place = f"params{jax.tree_util.keystr(path)}"
            words = f"of the shape {np.shape(moved)} for {place} of {own}"
            raise TypeError(f"update returns a step {words}")
    return step, state


def _added(*shapes: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the shape of a sum; None if there is none."""
    with suppress(ValueError):
        return np.broadcast_shapes(*shapes)
    return None


def shapes_of(factory: Any, numbers: tuple, problem, point) -> tuple[Any, Any]:
    """Return the shapes and types of the state after a step, and of what is known.

    The state's types may differ from those of `init` (for example a weakly typed
    scalar); those after a step no longer change. Gradients are remembered for an
    optimizer that searches with them, in a branch or a loop of unknown length, if the
    next step has the same objective.
    """

    def after_a_step(remember: bool, problem, numbers, point):
        optimizer = factory.make(numbers)
        ordinary, params = problems.at_point(problem, point)
        objective = Metered(problems.objective(ordinary))
        value, gradient = jax.value_and_grad(objective)(params)
        nothing = nothing_known(params, value)
        memory = Memory(nothing) if remember else None
        returned = optimizer.update(
            gradient,
            started(optimizer, params, objective),
            params,
            value=value,
            grad=gradient,
            value_fn=value_fn_of(objective, point, memory),
        )
        _, state = checked(returned, params)
        objective.close()
        return state, nothing

    def trace(remember: bool):
        after = partial(after_a_step, remember)
        return jax.make_jaxpr(after, return_shape=True)(problem, numbers, point)

    if not (factory.oracle.differs or problems.is_stateful(problem)):
        with suppress(Exception):  # a batched or forward derivative leaves no gradient
            traced, (state, known) = trace(remember=True)
            return state, known if writes_in_branches(traced.jaxpr) else ()
    return trace(remember=False)[1][0], ()
