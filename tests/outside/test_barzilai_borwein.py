"""The two-point step lengths beside those of other people's code."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers

from .barzilai_borwein import CURVATURES, LOSSES


def loss(x):
    return jnp.sum(jnp.asarray(CURVATURES) * x**2 / 2 + x**4 / 4)


@pytest.mark.parametrize("rule", LOSSES)
def test_the_losses_are_those_of_the_same_lengths_in_other_code(rule):
    with jax.enable_x64(True):
        optimizer = optimizers.barzilai_borwein(0.1, rule)

        def step(carry, _):
            x, state = carry
            move, state = optimizer.update(jax.grad(loss)(x), state, x)
            x = optax.apply_updates(x, move)
            return (x, state), loss(x)

        start = jnp.ones(3)
        carry = start, optimizer.init(start)
        losses = jax.lax.scan(step, carry, length=len(LOSSES[rule]))[1]
        np.testing.assert_allclose(losses, LOSSES[rule], rtol=1e-9)
