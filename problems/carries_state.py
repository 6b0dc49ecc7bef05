"""Problems of functions that carry a state, as batch statistics."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax

from .data.mapped import MappedTree
from .data.tree import TreeExamples
from .model_state import ModelState
from .problem import Params
from .signature import Signature, signature
from .tree_problem import Drawing, Functions, Metrics, TreeProblem, settled


class StatefulLoss(TreeProblem):
    """A loss that returns the next state beside its value; examples are not cut."""

    stateful: ClassVar[bool] = True

    @property
    def signature(self) -> Signature:
        """Return which arguments its loss takes after params and state."""
        return signature(self.functions.loss, stateful=True)

    def init(self, key: jax.Array) -> Any:
        """Draw the start point and the first state."""
        drawn = self.functions.init(key)
        if not isinstance(drawn, tuple | list) or len(drawn) != 2:
            return drawn  # the check of a problem states what is wrong
        params, state = drawn
        return jax.tree.map(settled, params), state

    def loss(
        self, params: Params, state: ModelState, examples: Any, key: Any = None
    ) -> tuple[jax.Array, ModelState]:
        """Return the mean loss of some examples, float[], and the next state."""
        if key is None and self.takes_key:
            key = jax.random.key(0)
        given = (params, state), self.given(examples), key
        return self.signature.call(self.functions.loss, *given)

    def evaluate(self, params: Params, state: ModelState, examples: Any) -> jax.Array:
        """Return the loss that is evaluated off the clock, float[]."""
        if self.functions.evaluate is None:
            return self.loss(params, state, examples)[0]
        return self.functions.evaluate(params, state, self.given(examples))

    def metrics(self, params: Params, state: ModelState, examples: Any) -> Metrics:
        """Return each metric of some examples, float[]; never differentiated."""
        of = self.functions.metrics
        return {} if of is None else of(params, state, self.given(examples))


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class CarriesState(Drawing, StatefulLoss):
    """A problem from functions whose loss carries a state.

    Attributes:
        train, held_out, validation: Examples, as of `FromFunctions`.
        functions: Its functions, with the state as second argument.
        least: The least training loss, or None.
    """

    train: TreeExamples | MappedTree
    held_out: TreeExamples | MappedTree | None
    validation: TreeExamples | MappedTree | None
    functions: Functions = field(metadata={"static": True})
    least: float | None = field(default=None, metadata={"static": True})
    block: ClassVar[None] = None

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        return self.least
