"""A problem from functions that carries a state, as batch statistics."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax

from .data.tree import TreeExamples
from .model_state import ModelState
from .problem import Params


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class CarriesState:
    """A problem whose loss returns the next state beside its value.

    Attributes:
        train, held_out, validation: Examples, as of `FromFunctions`.
        functions: Its functions, with the state as second argument.
        least: The least training loss, or None.
    """

    train: TreeExamples
    held_out: TreeExamples | None
    validation: TreeExamples | None
    functions: Any = field(metadata={"static": True})
    least: float | None = field(default=None, metadata={"static": True})
    stateful: ClassVar[bool] = True

    def init(self, key: jax.Array) -> tuple[Params, ModelState]:
        """Draw the start point and the first state."""
        return self.functions.init(key)

    def loss(
        self, params: Params, state: ModelState, examples: TreeExamples, *key: Any
    ) -> tuple[jax.Array, ModelState]:
        """Return the mean loss of some examples, float[], and the next state."""
        return self.functions.loss(params, state, examples.tree, *key)

    @property
    def evaluates_apart(self) -> bool:
        """Return whether the loss of a step is not the one that is evaluated."""
        return self.functions.evaluate is not None

    def evaluate(
        self, params: Params, state: ModelState, examples: TreeExamples
    ) -> jax.Array:
        """Return the loss that is evaluated off the clock, float[]."""
        if self.functions.evaluate is None:
            return self.loss(params, state, examples)[0]
        return self.functions.evaluate(params, state, examples.tree)

    def metrics(
        self, params: Params, state: ModelState, examples: TreeExamples
    ) -> dict[str, jax.Array]:
        """Return each metric of some examples, float[]; never differentiated."""
        of = self.functions.metrics
        return {} if of is None else of(params, state, examples.tree)

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        return self.least
