"""Problems whose loss carries a state from pass to pass, as batch statistics."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import jax

from .points import ModelState, WithState
from .problem import Params, Problem
from .signature import Signature
from .tree_problem import Functions, TreeProblem
from .wrapped import Wrapped


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class AtState(Wrapped, TreeProblem):
    """params -> the loss of a problem that carries a state, at one state.

    It is an ordinary problem, which has prices, derivatives and evaluations as others.
    What a pass does to the state is dropped, except by `loss_and_state`.

    Attributes:
        problem: Carries a state.
        state: The state at which it is taken.
    """

    problem: Any
    state: ModelState
    block: ClassVar[int | None] = None

    @property
    def functions(self) -> Functions:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Return the functions of the problem, without their second argument."""
        own = self.problem.functions
        metrics, evaluate = self._bound(own.metrics), self._bound(own.evaluate)
        return Functions(self.init, self._value, metrics, evaluate)

    @property
    def signature(self) -> Signature:
        """Return which arguments its loss takes."""
        return self.problem.signature

    def given(self, examples: Any) -> Any:
        """Return examples as the functions receive them."""
        return self.problem.given(examples)

    def _size(self, examples: Any) -> int:
        """Return the number of examples: a state is that of one pass over them all."""
        return examples.count

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        return self.problem.init(key)[0]

    def loss_and_state(
        self, params: Params, examples: Any, key: Any = None
    ) -> tuple[jax.Array, ModelState]:
        """Return the mean loss of some examples, float[], and the next state."""
        loss, key = self._bound(self.problem.functions.loss), self.key_or_fixed(key)
        return self.signature.call(loss, params, self.given(examples), key)

    def _value(self, *given: Any, **key: Any) -> jax.Array:
        return self._bound(self.problem.functions.loss)(*given, **key)[0]

    def _bound(self, function: Callable[..., Any] | None) -> Any:
        if function is None:
            return None
        return lambda params, *rest, **key: function(params, self.state, *rest, **key)


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
