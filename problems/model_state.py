"""Problems whose loss carries a state from pass to pass, as batch statistics."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from .problem import Params, Problem

ModelState = Any  # a tree of arrays, which may be empty and hold integers


class WithState(NamedTuple):
    """A point of a problem that carries a state: the params, and the state there."""

    params: Params
    state: ModelState


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class AtState:
    """params -> the loss of a problem that carries a state, at one state.

    It is an ordinary problem, which has prices, derivatives and evaluations as others.
    What a pass does to the state is dropped, except by `loss_and_state`.

    Attributes:
        problem: Carries a state.
        state: The state at which it is taken.
    """

    problem: Any
    state: ModelState

    @property
    def train(self) -> Any:
        """Return the training examples."""
        return self.problem.train

    @property
    def held_out(self) -> Any:
        """Return the held-out examples, or None."""
        return self.problem.held_out

    @property
    def validation(self) -> Any:
        """Return the examples on which settings are chosen, or None."""
        return getattr(self.problem, "validation", None)

    @property
    def takes_key(self) -> bool:
        """Return whether the loss takes a key, so that it differs from step to step."""
        return bool(getattr(self.problem, "takes_key", False))

    @property
    def evaluates_apart(self) -> bool:
        """Return whether the loss of a step is not the one that is evaluated."""
        return bool(getattr(self.problem, "evaluates_apart", False))

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        return self.problem.init(key)[0]

    def loss(self, params: Params, examples: Any, *key: Any) -> jax.Array:
        """Return the mean loss of some examples, float[]."""
        return self.loss_and_state(params, examples, *key)[0]

    def loss_and_state(
        self, params: Params, examples: Any, *key: Any
    ) -> tuple[jax.Array, ModelState]:
        """Return the mean loss of some examples, float[], and the next state."""
        value, state = self.problem.loss(params, self.state, examples, *key)
        return value, state

    def metrics(self, params: Params, examples: Any) -> dict[str, jax.Array]:
        """Return each metric of some examples, float[]."""
        of = getattr(self.problem, "metrics", None)
        return of(params, self.state, examples) if of else {}

    def evaluate(self, params: Params, examples: Any) -> jax.Array:
        """Return the loss that is evaluated off the clock, float[]."""
        if hasattr(self.problem, "evaluate"):
            return self.problem.evaluate(params, self.state, examples)
        return self.loss(params, examples)

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        return self.problem.optimum()


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


def at_point(problem: Any, point: Any) -> tuple[Problem, Params]:
    """Return an ordinary problem and its params.

    Args:
        problem: Any problem.
        point: Its params; a `WithState` for a problem that carries a state, which is
            then taken at that state.
    """
    if not isinstance(point, WithState):
        return problem, point
    return AtState(problem, point.state), point.params


def shapes_at_start(problem: Any) -> Params:
    """Return the shapes and types of the params, which are not computed."""
    return params_of(jax.eval_shape(lambda key: start(problem, key), jax.random.key(0)))
