"""A problem from functions and arrays: any model, any examples, any metrics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import numpy as np

from .data.tree import TreeExamples
from .problem import Params

Metrics = Mapping[str, jax.Array]


class Functions(NamedTuple):
    """The functions of a problem; see `from_functions`."""

    init: Callable[[jax.Array], Params]
    loss: Callable[..., jax.Array]
    metrics: Callable[[Params, Any], Metrics] | None = None


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class FromFunctions:
    """A problem whose loss and metrics are functions of a tree of examples.

    Attributes:
        train: The training examples.
        held_out: Examples that no optimizer sees, or None.
        validation: Examples on which settings are chosen, or None.
        functions: Its functions.
        least: The least training loss, or None.
    """

    train: TreeExamples
    held_out: TreeExamples | None
    validation: TreeExamples | None
    functions: Functions = field(metadata={"static": True})
    least: float | None = field(default=None, metadata={"static": True})

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        return self.functions.init(key)

    def loss(self, params: Params, examples: TreeExamples) -> jax.Array:
        """Return the mean loss of some examples, float[]."""
        return self.functions.loss(params, examples.tree)

    def metrics(self, params: Params, examples: TreeExamples) -> Metrics:
        """Return each metric of some examples, float[]; never differentiated."""
        of = self.functions.metrics
        return {} if of is None else of(params, examples.tree)

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        return self.least


def from_functions(
    *,
    init: Callable[[jax.Array], Params],
    loss: Callable[..., jax.Array],
    train: Any,
    held_out: Any = None,
    validation: Any = None,
    metrics: Callable[[Params, Any], Metrics] | None = None,
    axis: int = 0,
    optimum: float | None = None,
) -> FromFunctions:
    """Return a problem.

    Args:
        init: key -> params, any tree of arrays.
        loss: (params, batch) -> float[], the mean over the batch.
        train: The training examples, any tree of arrays.
        held_out: Examples that no optimizer sees, a tree like `train`.
        validation: Examples on which settings are chosen, a tree like `train`.
        metrics: (params, examples) -> metrics by name, float[] each.
        axis: The axis of the examples in every array.
        optimum: The least training loss, if it is known.
    """
    examples = (_placed(tree, axis) for tree in (train, held_out, validation))
    return FromFunctions(*examples, Functions(init, loss, metrics), optimum)  # pyright: ignore[reportArgumentType]


def _placed(tree: Any, axis: int) -> TreeExamples | None:
    if tree is None:
        return None
    return TreeExamples(jax.tree.map(lambda x: jax.device_put(np.asarray(x)), tree), axis)
