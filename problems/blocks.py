"""Sums over examples, a block that fits the cache at a time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.custom_derivatives import SymbolicZero

from .examples import Examples
from .problem import Params
from .streamed import Streamed

BLOCK = 2048  # examples
_cuts: ContextVar[bool] = ContextVar("cuts", default=True)


@contextmanager
def in_one_block() -> Iterator[None]:
    """Trace sums in one piece: XLA's cost analysis counts a loop's body once."""
    token = _cuts.set(False)
    try:
        yield
    finally:
        _cuts.reset(token)


def total(function: Callable[[Examples], Any], examples: Examples | Streamed) -> Any:
    """Return Σ_b function(block b), the blocks being the examples cut along their axis.

    On a CPU a chain of products over 100,000 columns runs in memory and over 2,048
    in the cache. On other devices all examples are one block.

    Args:
        function: From some examples to a tree of arrays that are sums over them.
        examples: As many as there are.
    """
    blocks, rest = divmod(examples.count, BLOCK)
    if blocks < 2 or jax.default_backend() != "cpu" or not _cuts.get():
        return function(examples.whole())

    def add(sums: Any, block: jax.Array) -> tuple[Any, None]:
        term = function(examples.block(block * BLOCK, BLOCK))
        return jax.tree.map(jnp.add, sums, term), None

    tail = examples.block(blocks * BLOCK, rest) if rest else None
    shapes = jax.eval_shape(function, examples.block(0, BLOCK))
    start = (
        jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes)
        if tail is None
        else function(tail)
    )
    return lax.scan(add, start, jnp.arange(blocks))[0]


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def summed(
    function: Callable[[Params, Examples], jax.Array],
    params: Params,
    examples: Examples | Streamed,
) -> jax.Array:
    """Return Σ_b function(params, block b), float[], differentiable in `params`.

    Its gradient is taken block by block in the same pass: reverse mode through the
    loop would write every block's intermediate values to memory and read them back.
    """
    return total(partial(function, params), examples)


@partial(summed.defjvp, symbolic_zeros=True)
def _summed_jvp(function, primals, tangents):
    params, examples = primals
    v, of_examples = tangents
    if not all(isinstance(t, SymbolicZero) for t in jax.tree.leaves(of_examples)):
        raise TypeError("the loss is differentiable in its params, not in examples")
    value, gradient = total(
        lambda block: jax.value_and_grad(function)(params, block), examples
    )
    terms = jax.tree.map(
        lambda g, t: 0.0 if isinstance(t, SymbolicZero) else jnp.vdot(g, t),
        gradient,
        v,
        is_leaf=lambda x: isinstance(x, SymbolicZero),
    )
    return value, sum(jax.tree.leaves(terms), jnp.zeros_like(value))
