"""A point of a problem: its params, with the state that its loss carries if it does."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from .problem import Params

ModelState = Any  # a tree of arrays, which may be empty and hold integers


class WithState(NamedTuple):
    """A point of a problem that carries a state: the params, and the state there."""

    params: Params
    state: ModelState


def is_stateful(problem: Any) -> bool:
    """Return whether a problem's loss carries a state from pass to pass."""
    return bool(getattr(problem, "stateful", False))


def start(problem: Any, key: jax.Array) -> Any:
    """Return the start: the params, or a `WithState` of a problem that carries one."""
    return as_point(problem, problem.init(key))


def as_point(problem: Any, start: Any) -> Any:
    """Return as a point what a problem's `init` returned."""
    if not is_stateful(problem):
        return start
    params, state = start
    return WithState(params, jax.tree.map(_array, state))


def _array(leaf: Any) -> jax.Array:
    return leaf if isinstance(leaf, jax.Array) else jnp.array(leaf)


def params_of(point: Any) -> Params:
    """Return the params of a point."""
    return point.params if isinstance(point, WithState) else point


def with_params(point: Any, params: Params) -> Any:
    """Return a point with other params, and with its state if it has one."""
    return point._replace(params=params) if isinstance(point, WithState) else params


def shapes_at_start(problem: Any) -> Any:
    """Return the shapes and types of the start, which is not computed."""
    return jax.eval_shape(lambda key: start(problem, key), jax.random.key(0))
