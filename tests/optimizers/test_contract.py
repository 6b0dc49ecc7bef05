"""What the loop reads off a state: a failure, and a reusable value and gradient."""

from typing import Any, NamedTuple

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


def rosenbrock(x: Any) -> jax.Array:
    return (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2


@pytest.mark.parametrize(
    "optimizer",
    [
        optimizers.lbfgs(),
        optax.chain(
            optax.sgd(1.0),
            optax.scale_by_backtracking_linesearch(15, store_grad=True),
        ),
    ],
)
def test_the_reused_pair_is_the_fresh_one_at_every_step(optimizer: Any) -> None:
    x = jnp.asarray([-1.0, 1.0])
    state = optimizer.init(x)
    pair = optimizers.reusable(state)
    assert pair is not None
    assert np.isinf(pair[0])
    step = jax.jit(
        lambda value, grad, state, x: optimizer.update(
            grad, state, x, value=value, grad=grad, value_fn=rosenbrock
        )
    )
    for _ in range(8):
        updates, state = step(*jax.value_and_grad(rosenbrock)(x), state, x)
        x = optax.apply_updates(x, updates)
        pair = optimizers.reusable(state)
        assert pair is not None
        fresh = jax.value_and_grad(rosenbrock)(x)
        np.testing.assert_allclose(pair[0], fresh[0], rtol=1e-5)
        np.testing.assert_allclose(pair[1], fresh[1], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize(
    "optimizer",
    [
        optax.adam(0.1),
        optax.chain(optax.lbfgs(), optax.scale(0.5)),
        optax.chain(optax.sgd(1.0), optax.scale_by_backtracking_linesearch(15)),
        optax.identity(),
    ],
)
def test_nothing_is_reused_where_the_search_is_not_last(optimizer: Any) -> None:
    assert optimizers.reusable(optimizer.init(jnp.ones(2))) is None
