"""The mean of a loss over examples in blocks, so that only one block is in memory."""

from collections.abc import Callable
from functools import partial
from typing import Any

import jax

from .blocks import added_up, slope_along, untouched
from .problem import Params

Whole = Callable[[Any, Params, Any, Any], jax.Array]
"""(problem, params, examples, key) -> float[], the mean over the examples."""


def mean_of_blocks(
    of: Callable[[Any, Any], Any], examples: Any, key: Any, size: int
) -> Any:
    """Return Σ_b (n_b / m) of(block b, key b), a tree like what `of` returns.

    Args:
        of: (n_b of the examples, key) -> a tree of arrays.
        examples: m examples.
        key: From which each block's key follows; None for none.
        size: Examples of a block; the last one may have fewer.
    """

    def weighted(block: Any, place: Any) -> Any:
        own = None if key is None else jax.random.fold_in(key, place)
        share = block.count / examples.count
        return jax.tree.map(lambda x: share * x, of(block, own))

    return added_up(weighted, examples, size)


@partial(jax.custom_jvp, nondiff_argnums=(0, 1))
def block_mean(of: Whole, size: int, params: Params, given: Any) -> jax.Array:
    """Return the mean of a loss over examples in blocks, differentiable in `params`.

    The gradient is taken block by block in the same pass: reverse mode through the loop
    would keep every block's intermediate values.

    Args:
        of: The loss on some examples; it closes over no array.
        size: Examples of a block.
        params: Where the loss is evaluated.
        given: The problem, the examples, and a key or None.
    """
    problem, examples, key = given
    return mean_of_blocks(lambda b, k: of(problem, params, b, k), examples, key, size)


@partial(block_mean.defjvp, symbolic_zeros=True)
def _block_mean_jvp(of, size, primals, tangents):
    params, (problem, examples, key) = primals
    v, of_given = tangents
    untouched(of_given)

    def of_block(block, key):
        return jax.value_and_grad(lambda p: of(problem, p, block, key))(params)

    value, gradient = mean_of_blocks(of_block, examples, key, size)
    return value, slope_along(gradient, v, value)
