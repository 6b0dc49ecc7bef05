"""Classification by a net of any architecture, with dropout or without."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import jax
import jax.numpy as jnp
from jax import lax
from jax.flatten_util import ravel_pytree
from jax.typing import DTypeLike

from .blocks import in_blocks
from .data.parts import Parts
from .data.tree import TreeExamples
from .problem import Params
from .softmax_regression import cross_entropies
from .tree_loss import Sums, TreeLoss

ON_CPU, ELSEWHERE = 2**20, 2**28
"""Numbers that the forward pass of a block computes: what fits a cache, or a memory."""
LEAST = 16
"""Examples of a block at least: a layer's weights are read once for each block."""


def fitting(numbers: int) -> int:
    """Return how many examples make a block.

    Args:
        numbers: Those that the forward pass of one example computes.
    """
    most = ON_CPU if jax.default_backend() == "cpu" else ELSEWHERE
    return max(LEAST, most // numbers)


class Net(Protocol):
    """An architecture: a frozen dataclass, static and hashable."""

    @property
    def block(self) -> int:
        """Return how many examples pass together; see `fitting`."""
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
            kept: The units that are not dropped, bool[examples, units], for an
                architecture that has dropout; None keeps all.
        """
        ...


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False, repr=False)
class Classifier(TreeLoss):
    """f = (1/m) Σ_i (log Σ_c exp z_c(x_i) - z_{y_i}(x_i)), z the scores of a net.

    The examples are {"inputs": float[m, ...], "targets": int[m]}; with "kept",
    bool[m, units], the net drops the other units. The metric "accuracy" is the share of
    examples whose class has the highest score.

    Attributes:
        net: The architecture.
    """

    net: Net = field(metadata={"static": True})

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        return self.net.init(key, self.train.tree["inputs"].dtype)

    @property
    def block(self) -> int:
        """Return how many examples pass together."""
        return self.net.block

    @property
    def sums(self) -> Callable[[Params, TreeExamples], Sums]:
        """Return the function for the sums of cross-entropies and of right classes."""
        net = self.net

        def of(params: Params, examples: TreeExamples) -> Sums:
            tree = examples.tree
            scores = net.scores(params, tree["inputs"], tree.get("kept"))
            right = scores.argmax(0) == tree["targets"]
            return {
                "loss": cross_entropies(scores, tree["targets"]).sum(),
                "accuracy": right.astype(scores.dtype).sum(),
            }

        return of

    def values(self, points: Params, examples: TreeExamples) -> jax.Array:
        """Return f at k points, float[k], one after the other.

        Side by side they would need k times the memory of a block.
        """
        count = len(jax.tree.leaves(points)[0])
        return _one_by_one(lambda point: self.loss(point, examples), points, count)

    def hessian(self, params: Params, examples: TreeExamples) -> jax.Array:
        """Return grad² f, float[n, n], with a Hessian-vector product for each row."""
        flat, unravel = ravel_pytree(params)
        gradient = jax.grad(lambda x: self.loss(unravel(x), examples))

        def row(unit: jax.Array) -> jax.Array:
            return jax.jvp(gradient, (flat,), (unit,))[1]

        return _one_by_one(row, jnp.eye(flat.size, dtype=flat.dtype), flat.size)


def _one_by_one(of: Callable[[Any], jax.Array], each: Any, count: int) -> jax.Array:
    """Return a function's values in a loop, of which XLA's cost analysis sees none."""
    return lax.map(of, each, batch_size=None if in_blocks() else count)


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class WithDropout:
    """The loss of a classifier of which each step drops units, drawn from a key.

    What is evaluated drops none.

    Attributes:
        whole: The classifier without dropout.
        share: The share of units that are dropped.
        units: The number of units.
    """

    whole: Classifier
    share: float = field(metadata={"static": True})
    units: int = field(metadata={"static": True})

    @property
    def train(self) -> TreeExamples:
        """Return the training examples."""
        return self.whole.train

    @property
    def held_out(self) -> TreeExamples | None:
        """Return examples that no optimizer sees, or None."""
        return self.whole.held_out

    @property
    def validation(self) -> TreeExamples | None:
        """Return examples on which settings are chosen, or None."""
        return self.whole.validation

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        return self.whole.init(key)

    def loss(
        self, params: Params, examples: TreeExamples, key: jax.Array | None = None
    ) -> jax.Array:
        """Return the mean cross-entropy, float[].

        Args:
            params: The point.
            examples: Those that are averaged over.
            key: Determines which units are dropped; None drops none.
        """
        if key is not None:
            kept = self.kept(examples.count, key)
            examples = TreeExamples({**examples.tree, "kept": kept})
        return self.whole.loss(params, examples)

    def kept(self, count: int, key: jax.Array) -> jax.Array:
        """Draw the units that each example keeps, bool[count, units]."""
        return jax.random.bernoulli(key, 1 - self.share, (count, self.units))

    def evaluate(self, params: Params, examples: TreeExamples) -> jax.Array:
        """Return the mean cross-entropy with all units, float[]."""
        return self.whole.loss(params, examples)

    def metrics(self, params: Params, examples: TreeExamples) -> Sums:
        """Return the accuracy with all units."""
        return self.whole.metrics(params, examples)

    def optimum(self) -> float | None:
        """Return None: the least loss of a net is not known."""
        return None


def classifier(parts: Parts, net: Any) -> Classifier | WithDropout:
    """Return the problem of a net, with the dropout that the net states.

    Args:
        parts: The examples.
        net: A `Net`; with `dropout` and `units` if it has dropout.
    """
    whole = Classifier(*parts, net)
    share = getattr(net, "dropout", 0.0)
    return WithDropout(whole, share, net.units) if share else whole
