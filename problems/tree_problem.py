"""What problems of functions share: a loss and metrics of a tree of examples."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from .block_mean import Whole, block_mean, mean_of_blocks
from .blocks import WIDTH, in_blocks
from .data.mapped import MappedTree
from .data.synthetic import NoSourceError
from .data.tree import TreeExamples
from .problem import Params
from .shown import Shown
from .signature import Signature, signature

Metrics = Mapping[str, jax.Array]
OF_A_TREE = 1_024
"""Mapped examples of a block, of up to `WIDTH` numbers, fewer where there are more."""


class Functions(NamedTuple):
    """The functions of a problem; see `from_functions`."""

    init: Callable[[jax.Array], Params]
    loss: Callable[..., jax.Array]
    metrics: Callable[..., Metrics] | None = None
    evaluate: Callable[..., jax.Array] | None = None
    draw: Callable[[jax.Array, int], Any] | None = None


class TreeProblem(Shown):
    """f(params) = loss(params, examples, key), a mean over the examples.

    Attributes:
        train: The training examples.
        functions: Its functions.
        block: Examples that are in memory at once; None for all.
        stateful: Whether the functions carry a state from pass to pass; `AtState` is
            then the problem at one of its states, and has a loss.
    """

    train: Any
    functions: Functions
    block: int | None
    stateful: bool = False

    @property
    def signature(self) -> Signature:
        """Return which arguments its loss takes."""
        return signature(self.functions.loss, self.stateful)

    @property
    def takes_key(self) -> bool:
        """Return whether the loss takes a key, so that it differs from step to step."""
        return self.signature.key

    @property
    def evaluates_apart(self) -> bool:
        """Return whether the loss of a step is not the one that is evaluated."""
        return self.takes_key or self.functions.evaluate is not None

    @property
    def evaluates_at_random(self) -> bool:
        """Return whether the loss that is evaluated draws random numbers."""
        return self.takes_key and self.functions.evaluate is None

    def given(self, examples: Any) -> Any:
        """Return examples as the functions receive them: the tree."""
        return examples.tree

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        return jax.tree.map(settled, self.functions.init(key))

    def loss(self, params: Params, examples: Any, key: Any = None) -> jax.Array:
        """Return the mean loss of some examples, float[].

        Args:
            params: Where it is evaluated.
            examples: As `train`.
            key: Of a loss that takes one; always the same one if it is None.
        """
        return self._mean(_loss, params, examples, self.key_or_fixed(key))

    def key_or_fixed(self, key: Any) -> Any:
        """Return the key of a loss that takes one: always the same if it is None."""
        return jax.random.key(0) if key is None and self.takes_key else key

    def evaluate(self, params: Params, examples: Any) -> jax.Array:
        """Return the loss that is evaluated off the clock, float[]."""
        if self.functions.evaluate is None:
            return self.loss(params, examples)
        return self._mean(_evaluated, params, examples, None)

    def metrics(self, params: Params, examples: Any) -> Metrics:
        """Return each metric of some examples, float[]; never differentiated.

        With a `block`, each is the mean over blocks of its value on a block.
        """
        of = self.functions.metrics
        if of is None:
            return {}
        if not self._is_cut(examples):
            return of(params, self.given(examples))

        def of_block(block: Any, key: Any) -> Metrics:
            del key
            return of(params, self.given(block))

        return mean_of_blocks(of_block, examples, None, self._size(examples))

    def in_float64(self) -> Any:
        """Return the same problem with all floats in float64, inside a program.

        Some operations, such as convolutions, take no two types.
        """
        return jax.tree.map(_wide, self, is_leaf=_is_mapped)

    def _mean(self, of: Whole, params: Params, examples: Any, key: Any) -> jax.Array:
        if self._is_cut(examples):
            given = self, examples, key
            return block_mean(of, self._size(examples), params, given)
        return of(self, params, examples, key)

    def _size(self, examples: Any) -> int:
        """Return the most examples of a block; of mapped ones a megabyte or so."""
        if self.block is None and _is_mapped(examples):
            return max(1, OF_A_TREE * WIDTH // max(WIDTH, examples.features))
        return self.block or examples.count

    def _is_cut(self, examples: Any) -> bool:
        if examples.count <= self._size(examples):
            return False
        # in one block, programs are only compiled; without a compiler they are run
        eager = jax.config.jax_disable_jit  # pyright: ignore[reportAttributeAccessIssue]
        return in_blocks() or eager


class Drawing:
    """Fresh examples, drawn by a function of the problem's."""

    functions: Functions
    train: Any

    def draw(self, key: jax.Array, size: int) -> TreeExamples:
        """Draw fresh examples.

        Raises:
            NoSourceError: There is no function that draws them.
        """
        if self.functions.draw is None:
            raise NoSourceError("the examples are a fixed set: none can be drawn")
        return TreeExamples(self.functions.draw(key, size), self.train.axis)


def _is_mapped(leaf: Any) -> bool:
    return isinstance(leaf, MappedTree)


def _loss(problem: Any, params: Params, examples: Any, key: Any) -> jax.Array:
    own = problem.functions.loss
    return problem.signature.call(own, params, problem.given(examples), key)


def _evaluated(problem: Any, params: Params, examples: Any, key: Any) -> jax.Array:
    del key
    return problem.functions.evaluate(params, problem.given(examples))


def settled(leaf: Any) -> Any:
    """Return an array whose type no later step changes: not a weakly typed scalar."""
    if isinstance(leaf, np.generic):
        return np.asarray(leaf)
    return jnp.array(leaf, leaf.dtype) if getattr(leaf, "weak_type", False) else leaf


def _wide(leaf: Any) -> Any:
    dtype = getattr(leaf, "dtype", None)
    is_float = dtype is not None and jnp.issubdtype(dtype, jnp.floating)
    return jnp.asarray(leaf, jnp.float64) if is_float else leaf
