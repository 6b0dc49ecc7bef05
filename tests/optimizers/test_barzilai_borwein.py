"""Step lengths from the last step's curvature."""

from collections import Counter
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import optimizers

pytestmark = pytest.mark.usefixtures("x64")

H = np.array([1.0, 3.0, 40.0])


def quadratic(x: jax.Array) -> jax.Array:
    return 0.5 * jnp.sum(H * x**2)


def by_hand(rule: str, steps: int) -> np.ndarray:
    """Return the point after some steps from 1, the first of length 0.1."""
    x = np.ones(3)
    t, before = 0.1 / np.linalg.norm(H * x), None
    for k in range(steps):
        g = H * x
        if before is not None:
            s, y = x - before[0], g - before[1]
            is_long = k % 2 == 1 if rule == "alternate" else rule == "long"
            t = (s @ s) / (s @ y) if is_long else (s @ y) / (y @ y)
        before = x, g
        x = x - t * g
    return x


@pytest.mark.parametrize("rule", ["long", "short", "alternate"])
def test_takes_the_published_lengths_without_a_call(
    rule: str, walk: Any, counted: Any
) -> None:
    calls: Counter[str] = Counter()
    optimizer = optimizers.barzilai_borwein(0.1, rule)
    value_fn = counted(quadratic, calls)
    params, _, _ = walk(optimizer, quadratic, jnp.ones(3), 7, value_fn)
    np.testing.assert_allclose(params, by_hand(rule, 7), rtol=1e-9)
    assert not calls


def rosenbrock(x: jax.Array) -> jax.Array:
    return 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2


def test_the_greatest_of_the_last_losses_never_rises(walk: Any, counted: Any) -> None:
    calls: Counter[str] = Counter()
    optimizer = optimizers.barzilai_borwein(1.0, "long", nonmonotone=4)
    value_fn = counted(rosenbrock, calls)
    start = jnp.array([-1.2, 1.0])
    params, _, losses = walk(optimizer, rosenbrock, start, 120, value_fn)
    np.testing.assert_allclose(params, 1, rtol=1e-4)
    for k in range(len(losses) - 1):
        assert losses[k + 1] <= max(losses[max(0, k - 3) : k + 1])
    assert np.any(np.diff(losses) > 0)
    assert calls["forward"] > 120  # some steps are halved


def test_keeps_the_length_where_the_curvature_is_negative(walk: Any) -> None:
    concave = lambda x: -jnp.sum(x**2)  # noqa: E731
    optimizer = optimizers.barzilai_borwein(0.1)
    _, state, losses = walk(optimizer, concave, jnp.array([3.0, 4.0]), 5)
    assert float(state.length) == pytest.approx(0.1 / 10)
    assert np.all(np.diff(losses) < 0)


def test_no_gradient_is_no_step(walk: Any) -> None:
    flat = lambda x: 1 + 0 * jnp.sum(x)  # noqa: E731
    params, state, _ = walk(optimizers.barzilai_borwein(), flat, jnp.ones(2), 2)
    np.testing.assert_array_equal(params, 1)
    assert float(state.length) == 0


def test_where_no_length_is_low_enough_the_step_is_zero(walk: Any) -> None:
    @jax.custom_vjp
    def wall(x: jax.Array) -> jax.Array:
        return jnp.where(x == 1, 1.0, jnp.nan)

    wall.defvjp(lambda x: (wall(x), None), lambda _, c: (c * jnp.ones([]),))
    optimizer = optimizers.barzilai_borwein(nonmonotone=2)
    params, _, losses = walk(optimizer, wall, jnp.asarray(1.0), 2)
    assert float(params) == 1
    assert losses == [1.0] * 3
