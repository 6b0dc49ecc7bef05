"""Closed forms of the optimizers that look at the gradient only."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import optimizers

pytestmark = pytest.mark.usefixtures("x64")

H = np.array([0.5, 1.0, 4.0])
START = np.array([1.0, -2.0, 0.3])


def quadratic(x: Any) -> jax.Array:
    return 0.5 * jnp.sum(jnp.asarray(H) * x**2)


def test_sgd_shrinks_each_coordinate_by_its_factor(walk: Any) -> None:
    params, _, _ = walk(optimizers.sgd(0.1), quadratic, jnp.asarray(START), 20)
    np.testing.assert_allclose(params, START * (1 - 0.1 * H) ** 20, rtol=1e-12)


def test_average_is_heavy_ball_with_a_scaled_rate(walk: Any) -> None:
    start = jnp.asarray(START)
    average = optimizers.momentum(0.2, 0.9, form="average")
    ball = optimizers.momentum(0.2 * (1 - 0.9), 0.9)
    one, _, _ = walk(average, quadratic, start, 25)
    other, _, _ = walk(ball, quadratic, start, 25)
    np.testing.assert_allclose(one, other, rtol=1e-10)


@pytest.mark.parametrize("nesterov", [False, True])
def test_heavy_ball_is_its_recurrence(walk: Any, nesterov: bool) -> None:
    x, m = START, np.zeros(3)
    for _ in range(10):
        m = 0.8 * m + H * x
        x = x - 0.1 * (H * x + 0.8 * m if nesterov else m)
    optimizer = optimizers.momentum(0.1, 0.8, nesterov=nesterov)
    params, _, _ = walk(optimizer, quadratic, jnp.asarray(START), 10)
    np.testing.assert_allclose(params, x, rtol=1e-12)
    if nesterov:
        again, _, _ = walk(optimizers.nesterov(0.1, 0.8), quadratic, START, 10)
        np.testing.assert_array_equal(again, params)


def test_nesterov_is_that_of_optax(walk: Any) -> None:
    start = jnp.asarray(START)
    ours, _, _ = walk(optimizers.nesterov(0.1, 0.8), quadratic, start, 10)
    theirs = optax.with_extra_args_support(optax.sgd(0.1, 0.8, nesterov=True))
    expected, _, _ = walk(theirs, quadratic, start, 10)
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


def test_adam_is_its_recurrence(walk: Any) -> None:
    x, m, v = START, np.zeros(3), np.zeros(3)
    for k in range(1, 11):
        m, v = 0.9 * m + 0.1 * H * x, 0.999 * v + 0.001 * (H * x) ** 2
        x = x - 0.1 * m / (1 - 0.9**k) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
    params, _, _ = walk(optimizers.adam(0.1), quadratic, jnp.asarray(START), 10)
    np.testing.assert_allclose(params, x, rtol=1e-9)


@pytest.mark.parametrize(("tau", "last"), [(None, 0.1), (5.0, 0.1 * 5 / (5 + 7))])
def test_normalized_steps_have_the_length_that_was_asked_for(
    walk: Any, tau: float | None, last: float
) -> None:
    optimizer = optimizers.normalized_sgd(0.1, tau)
    seventh, _, _ = walk(optimizer, quadratic, jnp.asarray(START), 7)
    eighth, _, _ = walk(optimizer, quadratic, jnp.asarray(START), 8)
    np.testing.assert_allclose(np.linalg.norm(eighth - seventh), last, rtol=1e-9)


def test_normalized_step_without_a_gradient_is_zero(walk: Any) -> None:
    params, _, _ = walk(optimizers.normalized_sgd(0.1), quadratic, jnp.zeros(3), 1)
    assert not np.any(params)


def test_one_over_k_halves_after_tau(walk: Any) -> None:
    schedule = optimizers.one_over_k(0.4, 10.0)
    assert [schedule(0), schedule(10), schedule(30)] == [0.4, 0.2, 0.1]
    x = START
    for k in range(6):
        x = x - schedule(k) * H * x
    params, _, _ = walk(optimizers.sgd(schedule), quadratic, jnp.asarray(START), 6)
    np.testing.assert_allclose(params, x, rtol=1e-12)
