"""What the loop reads off a state: a failure."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers


class Broken(NamedTuple):
    failed: jax.Array
    reason = "It broke."


@pytest.mark.parametrize("failed", [False, True])
def test_a_failure_is_found_anywhere_and_traced(failed: bool) -> None:
    state = (optax.EmptyState(), {"inner": (Broken(jnp.asarray(failed)),)})
    assert bool(jax.jit(optimizers.failure)(state)) is failed
    assert optimizers.failure_reason(state) == "It broke."


def test_a_wrapped_newton_still_says_so() -> None:
    inner = optax.chain(optimizers.newton(), optax.scale(0.5))
    optimizer = optax.apply_if_finite(inner, 3)
    x = jnp.ones(2)
    f = lambda x: x[0]  # noqa: E731
    state = optimizer.init(x)
    updates, state = optimizer.update(jax.grad(f)(x), state, x, value_fn=f)
    assert optimizers.failure(state)
    assert not np.any(updates)


def test_no_state_that_can_fail_is_no_failure() -> None:
    state = optax.adam(0.1).init(jnp.ones(2))
    assert not optimizers.failure(state)
    assert optimizers.failure_reason(state) is None
