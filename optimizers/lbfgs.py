"""Limited-memory BFGS with a zoom line search, from optax."""

import jax
import jax.numpy as jnp
import optax

from .contract import calls_value_fn, transformation
from .settings import Count, checked


@checked
@calls_value_fn
def lbfgs(
    memory_size: Count = 10, max_linesearch_steps: Count = 20
) -> optax.GradientTransformationExtraArgs:
    """x ← x - s P g, P ≈ H⁻¹ from the last gradients, s by a zoom line search.

    Args:
        memory_size: Differences of gradients that P is built from, >= 1.
        max_linesearch_steps: Most values and gradients of one line search, >= 1.

    Returns:
        `optax.lbfgs`; its `update` needs `params` and the keywords `value`, `grad`
        and `value_fn`.

    Raises:
        ValueError: A number is out of its range.

    References:
        Liu and Nocedal, "On the limited memory BFGS method for large scale
        optimization", 1989.
    """
    search = optax.scale_by_zoom_linesearch(
        max_linesearch_steps=max_linesearch_steps, initial_guess_strategy="one"
    )
    inner = optax.lbfgs(memory_size=memory_size, linesearch=search)

    def init(params: optax.Params) -> optax.OptState:
        # optax puts one buffer into several leaves, which cannot be donated, and
        # weakly typed scalars, which would make the second step compile again.
        return jax.tree.map(lambda x: jnp.array(x, x.dtype), inner.init(params))

    return transformation(init, inner.update)
