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
from .problem import Params

BLOCK = 16_384  # examples of up to WIDTH features, fewer where there are more
WIDTH = 128
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
    examples: Examples | MappedExamples,
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
    if not _pays(cut or isinstance(examples, MappedExamples)):
        return function(examples.whole())
    return of_blocks(function, examples, size)


def of_blocks(function: Callable[[Any], Any], examples: Any, size: int) -> Any:
    """Return Σ_b function(block b), in blocks of `size` examples on every device.

    Args:
        function: As in `total`.
        examples: Examples of any kind.
        size: Examples of a block; those that are left over go first.
    """
    if examples.count < 2 * size or not _cuts.get():
        return function(examples.whole())

    return added_up(lambda block, _: function(block), examples, size)


def added_up(function: Callable[[Any, Any], Any], examples: Any, size: int) -> Any:
    """Return Σ_b function(block b, b), over blocks of `size` examples and a rest.

    Args:
        function: From some examples, and their block's number, to a tree of arrays.
        examples: All that are summed over, at least `size`.
        size: Examples of a block.
    """
    blocks, rest = divmod(examples.count, size)

    def add(sums: Any, block: jax.Array) -> tuple[Any, None]:
        term = function(examples.block(block * size, size), block)
        return jax.tree.map(jnp.add, sums, term), None

    tail = examples.block(blocks * size, rest) if rest else None
    shapes = jax.eval_shape(function, examples.block(0, size), 0)
    start = (
        jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)
        if tail is None
        else function(tail, blocks)
    )
    return lax.scan(add, start, jnp.arange(blocks))[0]


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
        size: Examples of a block on every device; None leaves it to `total`.
    """

    value: Callable[[Params, Any], jax.Array]
    with_gradient: Callable[[Params, Any], tuple[jax.Array, Params]]
    cut: bool = True
    size: int | None = None


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def summed(of: Sum, params: Params, examples: Any) -> jax.Array:
    """Return Σ_b of.value(params, block b), float[], differentiable in `params`.

    Its gradient is taken block by block in the same pass: reverse mode through the
    loop would write every block's intermediate values to memory and read them back.
    """
    return _over(of, partial(of.value, params), examples)


@partial(summed.defjvp, symbolic_zeros=True)
def _summed_jvp(of, primals, tangents):
    params, examples = primals
    v, of_examples = tangents
    untouched(of_examples)
    value, gradient = _over(of, partial(of.with_gradient, params), examples)
    return value, slope_along(gradient, v, value)


def _over(of: Sum, function: Callable[[Any], Any], examples: Any) -> Any:
    if of.size is None:
        return total(function, examples, of.cut)
    return of_blocks(function, examples, of.size)


def untouched(tangents: Any) -> None:
    """Check that nothing but the params of a loss is differentiated.

    Args:
        tangents: Of the other arguments; symbolic zeros.
    """
    if not all(isinstance(t, SymbolicZero) for t in jax.tree.leaves(tangents)):
        raise TypeError("the loss is differentiable in its params, not in examples")


def slope_along(gradient: Params, v: Params, value: jax.Array) -> jax.Array:
    """Return <gradient, v> in the dtype of the value, float[]; v may have zeros."""
    terms = jax.tree.map(
        lambda g, t: 0.0 if isinstance(t, SymbolicZero) else jnp.vdot(g, t),
        gradient,
        v,
        is_leaf=lambda x: isinstance(x, SymbolicZero),
    )
    return sum(jax.tree.leaves(terms), jnp.zeros_like(value)).astype(value.dtype)
