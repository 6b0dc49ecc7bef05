"""The loss and gradient of a step, unless the step before has paid for them."""

import jax
import jax.numpy as jnp

import optimizers


def value_and_gradient(objective, state, params, reusable: bool = True):
    """Return the loss and its gradient at `params`.

    A line search that ends an optimizer's step has just paid for both; then they are
    taken from its state, except at the start, where it holds none yet.

    Args:
        objective: Of this step.
        state: The optimizer's.
        params: The params at hand.
        reusable: Whether the last step's objective was the same.
    """
    paid = optimizers.reusable(state) if reusable else None
    if paid is None:
        return jax.value_and_grad(objective)(params)
    value, _ = paid
    return jax.lax.cond(
        jnp.isfinite(value), lambda: paid, lambda: jax.value_and_grad(objective)(params)
    )
