"""Sophia: its recurrence on a diagonal Hessian, its estimator, and its calls."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers
from optimizers.sophia import hutchinson

CURVATURES = np.array([1.0, 10.0, 100.0, -1.0])
START = np.array([1.0, -1.0, 0.5, 0.1])


def quadratic(x: Any) -> Any:
    return jnp.sum(jnp.asarray(CURVATURES) * x**2) / 2


@pytest.mark.usefixtures("x64")
def test_it_is_the_papers_recurrence_where_the_estimate_is_exact(
    walk: Callable[..., Any],
) -> None:
    """Random signs give the diagonal of a diagonal Hessian without error."""
    rate, gamma, b1, b2, eps, interval = 0.05, 0.5, 0.9, 0.8, 1e-12, 3
    x, m, h = START.copy(), np.zeros(4), np.zeros(4)
    for step in range(12):
        m = b1 * m + (1 - b1) * CURVATURES * x
        if step % interval == 0:
            h = b2 * h + (1 - b2) * CURVATURES
        x = x - rate * np.clip(m / np.maximum(gamma * h, eps), -1, 1)
    optimizer = optimizers.sophia(rate, gamma, b1, b2, eps, interval)
    found, _, _ = walk(optimizer, quadratic, jnp.asarray(START), 12)
    assert np.asarray(found) == pytest.approx(x, rel=1e-9)


def coupled(x: Any) -> Any:
    return jnp.sum(x["a"] ** 2 * x["b"]) + x["a"][0] * x["a"][1] * x["b"][0] ** 3


def test_the_estimate_is_that_of_optax_and_its_mean_the_diagonal() -> None:
    x = {"a": jnp.array([1.0, 2.0]), "b": jnp.array([0.5, -1.0])}
    _, key = jax.random.split(jax.random.key(3))
    other = optax.contrib.hutchinson_estimator_diag_hessian(jax.random.key(3))
    theirs, _ = other.update(x, other.init(x), x, obj_fn=coupled)
    ours = hutchinson(coupled, x, key)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6), ours, theirs)
    keys = jax.random.split(key, 4000)
    mean = jax.tree.map(
        lambda d: d.mean(0), jax.vmap(lambda k: hutchinson(coupled, x, k))(keys)
    )
    assert mean["a"] == pytest.approx([1.0, -2.0], abs=0.2)
    assert mean["b"] == pytest.approx([6.0, 0.0], abs=0.2)


def test_it_asks_for_one_product_every_interval(
    walk: Callable[..., Any], counted: Callable[..., Any]
) -> None:
    calls: Counter[str] = Counter()
    objective = counted(quadratic, calls)
    optimizer = optimizers.sophia(0.01, interval=4)
    walk(optimizer, quadratic, jnp.asarray(START), 9, objective)
    jax.effects_barrier()
    assert calls == {"hvp": 3}


@pytest.mark.usefixtures("x64")
def test_it_steps_as_optax_does_late_in_a_run(walk: Callable[..., Any]) -> None:
    """Late, optax's correction of the bias of m is 1.

    Its new estimate is used from the next step on, ours from this one.
    """
    rate, gamma, b1, b2, interval, steps = 0.05, 0.5, 0.9, 0.8, 3, 12
    theirs = optax.contrib.sophia(
        *(rate, b1, b2, 1e-12),
        weight_decay=0.0,
        gamma=gamma,
        update_interval=interval,
    )
    state, *rest = theirs.init(jnp.asarray(START))
    first = (1 - b2) * jnp.asarray(CURVATURES)
    late = jnp.asarray(1_000_000 * interval + 1, state.count.dtype)
    state = state._replace(count=late, nu=first), *rest
    x = jnp.asarray(START)
    for _ in range(steps):
        gradient = jax.grad(quadratic)(x)
        move, state = theirs.update(gradient, state, x, obj_fn=quadratic)
        x = optax.apply_updates(x, move)
    ours = optimizers.sophia(rate, gamma, b1, b2, 1e-12, interval)
    found, _, _ = walk(ours, quadratic, jnp.asarray(START), steps)
    np.testing.assert_allclose(found, x, rtol=1e-9)
