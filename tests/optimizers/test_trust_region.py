"""The step is the ball's best: optimality conditions, and brute force."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import minimize

import optimizers

pytestmark = pytest.mark.usefixtures("x64")

CASES = {
    "inside": ([1.0, 2, 3], [0.1, 0.1, 0.1]),
    "on the sphere": ([1.0, 2, 3], [5.0, 1, 1]),
    "indefinite": ([-2.0, 1, 3], [0.3, -1, 1]),
    "hard": ([-2.0, 1, 3], [0.0, 0.5, 0.5]),
    "nearly hard": ([-2.0, 1, 3], [1e-13, 0.5, 0.5]),
    "hard, twice": ([-2.0, -2, 3], [0.0, 0.0, 0.5]),
    "orthogonal, not hard": ([-2.0, 1, 3], [0.0, 50, 50]),
    "saddle, no slope": ([-2.0, 1, 3], [0.0, 0, 0]),
    "flat": ([0.0, 1, 3], [0.0, 0.1, 0.1]),
    "flat with a slope": ([0.0, 1, 3], [0.2, 0.1, 0.1]),
}
RADIUS = 0.7


def step(walk: Any, h: np.ndarray, g: np.ndarray) -> np.ndarray:
    f = lambda x: 0.5 * x @ jnp.asarray(h) @ x + jnp.asarray(g) @ x  # noqa: E731
    optimizer = optimizers.trust_region_step(RADIUS)
    return np.asarray(walk(optimizer, f, jnp.zeros(len(g)), 1)[0])


@pytest.mark.parametrize("rotated", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_step_meets_the_conditions_of_the_optimum(
    walk: Any, case: str, rotated: bool
) -> None:
    """(H + μI)s = -g, μ >= 0, H + μI ⪰ 0, μ(‖s‖ - η) = 0: enough and needed."""
    values, slopes = map(np.array, CASES[case])
    q = np.linalg.qr(np.random.default_rng(3).normal(size=(3, 3)))[0]
    q = q if rotated else np.eye(3)
    h, g = (q * values) @ q.T, q @ slopes
    s = step(walk, h, g)
    norm = np.linalg.norm(s)
    mu = -s @ (h @ s + g) / norm**2
    np.testing.assert_allclose(h @ s + mu * s, -g, atol=1e-8)
    assert norm <= RADIUS * (1 + 1e-9)
    assert mu >= -1e-9
    assert mu >= -values[0] - 1e-8
    assert mu < 1e-8 or norm == pytest.approx(RADIUS, rel=1e-9)


@pytest.mark.parametrize("case", CASES)
def test_no_point_of_the_ball_is_lower(walk: Any, case: str) -> None:
    values, g = map(np.array, CASES[case])
    model = lambda s: 0.5 * np.sum(values * s**2) + g @ s  # noqa: E731
    ball = {"type": "ineq", "fun": lambda s: RADIUS**2 - s @ s}
    starts = np.random.default_rng(0).normal(size=(8, 3)) * RADIUS / 2
    best = min(minimize(model, s, constraints=[ball], tol=1e-12).fun for s in starts)
    assert model(step(walk, np.diag(values), g)) <= best + 1e-8


def test_rounding_in_a_flat_direction_is_no_reason_to_run(walk: Any) -> None:
    """A duplicated column: least squares has no slope and no curvature there."""
    x = np.random.default_rng(0).normal(size=(40, 3))
    x = np.column_stack([x, x[:, 2]])
    h, g = x.T @ x / 40, x.T @ x @ np.array([0.1, 0.1, 0.1, 0.1]) / 40
    s = step(walk, h, g)
    np.testing.assert_allclose(s, -np.linalg.pinv(h) @ g, atol=1e-8)


def test_a_hessian_that_is_not_finite_is_a_failure(walk: Any) -> None:
    optimizer = optimizers.trust_region_step(1.0)
    f = lambda x: jnp.sum(jnp.abs(x - 1) ** 1.5)  # noqa: E731
    params, state, _ = walk(optimizer, f, jnp.ones(2), 1)
    assert optimizers.failure(state)
    assert "not finite" in (optimizers.failure_reason(state) or "")
    np.testing.assert_array_equal(params, np.ones(2))
