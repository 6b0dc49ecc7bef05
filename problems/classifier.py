"""Classification by a net of any architecture."""

from dataclasses import dataclass, field
from typing import Protocol

import jax
from jax.typing import DTypeLike

from .blocks import Sum, of_blocks, summed
from .data.labelled import Parts, on_device
from .data.tree import TreeExamples
from .problem import Params
from .softmax_regression import cross_entropies

NUMBERS = {"cpu": 2**22, "other": 2**28}
"""Numbers that a block's forward pass may have, by the platform."""


def fitting(numbers: int) -> int:
    """Return how many examples make a block.

    Args:
        numbers: Those that the forward pass of one example computes.
    """
    on_cpu = jax.default_backend() == "cpu"
    return max(1, NUMBERS["cpu" if on_cpu else "other"] // numbers)


class Net(Protocol):
    """An architecture: a frozen dataclass, static and hashable."""

    @property
    def dropout(self) -> float:
        """Return the share of units that a step drops, 0 for none."""
        ...

    @property
    def units(self) -> int:
        """Return the number of units that dropout applies to."""
        ...

    @property
    def block(self) -> int:
        """Return how many examples' passes fit into cache and memory together."""
        ...

    def init(self, key: jax.Array, dtype: DTypeLike) -> Params:
        """Draw the start point."""
        ...

    def scores(
        self, params: Params, inputs: jax.Array, kept: jax.Array | None = None
    ) -> jax.Array:
        """Return a score for each class, float[classes, examples].

        Args:
            params: Those of `init`.
            inputs: float[examples, ...].
            kept: The units that are not dropped, bool[examples, units]; None keeps
                all.
        """
        ...


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Classifier:
    """f = (1/m) Σ_i (log Σ_c exp z_c(x_i) - z_{y_i}(x_i)), z the scores of a net.

    With dropout the loss takes a key, from which the units are drawn that each example
    drops. What is evaluated drops none.

    Attributes:
        train: {"inputs": float[m, ...], "targets": int[m]}.
        held_out: Examples that no optimizer sees, or None.
        validation: Examples on which settings are chosen, or None.
        net: The architecture.
    """

    train: TreeExamples
    held_out: TreeExamples | None
    validation: TreeExamples | None
    net: Net = field(metadata={"static": True})

    @property
    def takes_key(self) -> bool:
        """Return whether the loss takes a key."""
        return self.net.dropout > 0

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        return self.net.init(key, self.train.tree["inputs"].dtype)

    def loss(
        self, params: Params, examples: TreeExamples, key: jax.Array | None = None
    ) -> jax.Array:
        """Return the mean cross-entropy, float[].

        Args:
            params: The point.
            examples: Those that are averaged over.
            key: Determines which units are dropped; None drops none.
        """
        of = Sum(self._sum, jax.value_and_grad(self._sum), size=self.net.block)
        return summed(of, params, self._thinned(examples, key)) / examples.count

    def evaluate(self, params: Params, examples: TreeExamples) -> jax.Array:
        """Return the mean cross-entropy without dropout, float[]."""
        return self.loss(params, examples)

    def metrics(self, params: Params, examples: TreeExamples) -> dict[str, jax.Array]:
        """Return the accuracy: the share of examples whose class scores highest."""

        def right(block: TreeExamples) -> jax.Array:
            scores = self.net.scores(params, block.tree["inputs"])
            return (scores.argmax(0) == block.tree["targets"]).sum()

        count = of_blocks(right, examples, self.net.block)
        dtype = examples.tree["inputs"].dtype
        return {"accuracy": count.astype(dtype) / examples.count}

    def optimum(self) -> float | None:
        """Return None: the least training loss is not known."""
        return None

    def _thinned(self, examples: TreeExamples, key: jax.Array | None) -> TreeExamples:
        """Add the units that each example keeps, drawn for all blocks at once."""
        if key is None or not self.takes_key:
            return examples
        shape = (examples.count, self.net.units)
        kept = jax.random.bernoulli(key, 1 - self.net.dropout, shape)
        return TreeExamples({**examples.tree, "kept": kept})

    def _sum(self, params: Params, examples: TreeExamples) -> jax.Array:
        tree = examples.tree
        scores = self.net.scores(params, tree["inputs"], tree.get("kept"))
        return cross_entropies(scores, tree["targets"]).sum()


def classifier(parts: Parts, net: Net, dtype: str) -> Classifier:
    """Place the examples on the device and return the problem."""
    train = on_device(parts.train, dtype)
    assert train is not None  # `divided` leaves at least one
    held_out, validation = (
        on_device(part, dtype) for part in (parts.held_out, parts.validation)
    )
    return Classifier(train, held_out, validation, net)
