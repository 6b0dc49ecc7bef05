"""A problem from functions and arrays: any model, any examples, any metrics."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import numpy as np

from factories import FactoryError

from .blocks import mean
from .data.fresh import Draw, drawn
from .data.mapped import MappedTree, held
from .data.synthetic import NoSourceError
from .data.tree import TreeExamples
from .problem import Params

Metrics = Mapping[str, jax.Array]


class Functions(NamedTuple):
    """The functions of a problem; see `from_functions`."""

    init: Callable[[jax.Array], Params]
    loss: Callable[..., jax.Array]
    metrics: Callable[[Params, Any], Metrics] | None = None
    draw: Draw | None = None


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

    train: TreeExamples | MappedTree
    held_out: TreeExamples | MappedTree | None
    validation: TreeExamples | MappedTree | None
    functions: Functions = field(metadata={"static": True})
    least: float | None = field(default=None, metadata={"static": True})

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        return self.functions.init(key)

    def loss(self, params: Params, examples: TreeExamples | MappedTree) -> jax.Array:
        """Return the mean loss of some examples, float[]."""
        return mean(self.functions.loss, params, examples)

    def draw(self, key: jax.Array, size: int) -> TreeExamples:
        """Draw fresh examples.

        Raises:
            NoSourceError: There is no function that draws them.
        """
        if self.functions.draw is None:
            raise NoSourceError("the examples are a fixed set: none can be drawn")
        return TreeExamples(self.functions.draw(key, size), self.train.axis)

    def metrics(self, params: Params, examples: TreeExamples | MappedTree) -> Metrics:
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
    train: Any = None,
    held_out: Any = None,
    validation: Any = None,
    metrics: Callable[[Params, Any], Metrics] | None = None,
    draw: Draw | None = None,
    axis: int = 0,
    optimum: float | None = None,
) -> FromFunctions:
    """Return a problem.

    Args:
        init: key -> params, any tree of arrays.
        loss: (params, batch) -> float[], the mean over the batch.
        train: The training examples, any tree of arrays; some may be memory-mapped
            (`memory_map`). With `draw`, a number instead: as many examples are drawn
            once, and the loss over all examples is that over them. The same for
            `held_out` and `validation`.
        held_out: Examples that no optimizer sees, a tree like `train`.
        validation: Examples on which settings are chosen, a tree like `train`.
        metrics: (params, examples) -> metrics by name, float[] each.
        draw: (key, size) -> that many fresh examples, a tree like `train`; for batches
            with `stream = true`.
        axis: The axis of the examples in every array.
        optimum: The least training loss, if it is known.

    Raises:
        FactoryError: There are no training examples, or they cannot be read.
    """
    if train is None:
        words = "`train` is missing: the training examples, or how many `draw` draws"
        raise FactoryError(words)
    return FromFunctions(
        _placed(train, axis, draw, 0),
        _placed(held_out, axis, draw, 1),
        _placed(validation, axis, draw, 2),
        Functions(init, loss, metrics, draw),
        optimum,
    )


def _placed(given: Any, axis: int, draw: Draw | None, part: int) -> Any:
    """Return examples from a tree of arrays, or from how many are to be drawn."""
    if given is None:
        return None
    if not isinstance(given, int | np.integer):
        return held(given, axis)
    if draw is None or isinstance(given, bool) or given < 1:
        words = f"{given} is no tree of arrays"
        raise FactoryError(words + (", and there is no `draw`" if draw is None else ""))
    return drawn(draw, int(given), part, axis)
