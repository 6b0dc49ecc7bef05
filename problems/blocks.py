"""Sums over examples in blocks that fit the cache."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .data.examples import Examples, MappedExamples
from .data.mapped import MappedTree
from .data.tree import TreeExamples
from .problem import Params

BLOCK = 16_384  # examples of up to WIDTH features, fewer where there are more
WIDTH = 128
OF_A_TREE = 1_024
"""As `BLOCK`, for models whose intermediate values are larger than their examples."""
SMALL = 4_096  # faster for the product of a block with itself
_cuts: ContextVar[bool] = ContextVar("cuts", default=True)


@contextmanager
def in_one_block() -> Iterator[None]:
    """Trace sums in one piece: XLA's cost analysis counts a loop's body once."""
    token = _cuts.set(False)
    try:
        yield
    finally:
        _cuts.reset(token)


def in_blocks() -> bool:
    """Return whether sums are traced in blocks here."""
    return _cuts.get()


def total(
    function: Callable[[Any], Any],
    examples: Examples | MappedExamples | MappedTree,
    cut: bool = True,
    most: int | None = None,
) -> Any:
    """Return Σ_b function(block b), with the examples cut into blocks along their axis.

    On a CPU a chain of products over 100,000 columns is limited by memory, and one over
    a block runs in the cache. On other devices all examples are one block.

    Args:
        function: From some examples to a tree of arrays that are sums over them.
        examples: All that are summed over.
        cut: Whether blocks are faster. Cutting copies the examples, which costs more
            than it saves if each is used in one or two products with a vector.
        most: Most examples of a block, of up to `WIDTH` features; `BLOCK` if None.
    """
    size = max(1, (most or BLOCK) * WIDTH // max(WIDTH, examples.features))
    blocks, rest = divmod(examples.count, size)
    mapped = isinstance(examples, MappedExamples | MappedTree)
    if blocks < 2 or not _pays(cut or mapped):
        return function(examples.whole())

    def add(sums: Any, block: jax.Array) -> tuple[Any, None]:
        term = function(examples.block(block * size, size))
        return jax.tree.map(jnp.add, sums, term), None

    if isinstance(examples, MappedTree):  # or its gradient would keep all blocks
        add = jax.checkpoint(add)
    tail = examples.block(blocks * size, rest) if rest else None
    shapes = jax.eval_shape(function, examples.block(0, size))
    start = (
        jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)
        if tail is None
        else function(tail)
    )
    return lax.scan(add, start, jnp.arange(blocks))[0]


def mean(
    loss: Callable[[Params, Any], jax.Array],
    params: Params,
    examples: TreeExamples | MappedTree,
) -> jax.Array:
    """Return the mean loss of some examples, in blocks if they are mapped files.

    The gradient computes each block's loss again instead of keeping what it needs of
    it, so that only one block has to fit into memory.

    Args:
        loss: (params, tree of arrays) -> float[], the mean over these examples, and
            perhaps a penalty.
        params: Its first argument.
        examples: All that the mean is over.
    """
    if isinstance(examples, TreeExamples):
        return loss(params, examples.tree)

    def of_block(block: TreeExamples) -> jax.Array:
        return block.count * loss(params, block.tree)

    return total(of_block, examples, most=OF_A_TREE) / examples.count


def _pays(cut: bool) -> bool:
    return cut and jax.default_backend() == "cpu" and _cuts.get()


def at_once(count: int, examples: Examples | MappedExamples) -> int:
    """Return how many of `count` passes over the examples to batch, at least 1."""
    return min(count, max(1, BLOCK // examples.count)) if _pays(cut=True) else count


class Sum(NamedTuple):
    """A sum over examples, and its gradient.

    Attributes:
        value: (params, examples) -> float[].
        with_gradient: (params, examples) -> that and its gradient, a tree like params.
        cut: As in `total`.
    """

    value: Callable[[Params, Examples], jax.Array]
    with_gradient: Callable[[Params, Examples], tuple[jax.Array, Params]]
    cut: bool = True


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def summed(of: Sum, params: Params, examples: Examples | MappedExamples) -> jax.Array:
    """Return Σ_b of.value(params, block b), float[], differentiable in `params`.

    Its gradient is taken block by block in the same pass: reverse mode through the
    loop would write every block's intermediate values to memory and read them back.
    """
    return total(partial(of.value, params), examples, of.cut)


@partial(summed.defjvp, symbolic_zeros=True)
def _summed_jvp(of, primals, tangents):
    params, examples = primals
    v, of_examples = tangents
    if not all(isinstance(t, SymbolicZero) for t in jax.tree.leaves(of_examples)):
        raise TypeError("the loss is differentiable in its params, not in examples")
    value, gradient = total(partial(of.with_gradient, params), examples, of.cut)
    terms = jax.tree.map(
        lambda g, t: 0.0 if isinstance(t, SymbolicZero) else jnp.vdot(g, t),
        gradient,
        v,
        is_leaf=lambda x: isinstance(x, SymbolicZero),
    )
    return value, sum(jax.tree.leaves(terms), jnp.zeros_like(value))
