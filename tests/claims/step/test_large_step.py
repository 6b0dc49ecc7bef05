"""Best directions of a grid against exact ones, on a quadratic."""

import jax
import numpy as np
import pytest

import problems
from claims.step import large_step
from claims.step.best_finite_step import least_on_sphere


@pytest.fixture
def bowl():
    """Return a quadratic in the plane, with a start off its axes."""
    with jax.enable_x64(True):
        problem = problems.make(
            "quadratic", spectrum=[1.0, 10.0], dtype="float64", distance=0.0
        )
        yield problem, jax.numpy.asarray([2.0, 1.0])


def bowls(points):
    return points**2 @ np.array([0.5, 5.0])


def test_the_best_direction_of_the_grid_is_the_exact_one(bowl):
    problem, start = bowl
    objective = problems.objective(problem)
    look = jax.jit(objective.values)
    angles, shares, _ = large_step.circle(objective, look, start, 1.0)
    ahead = -np.array([2, 10]) / np.sqrt(104)
    for row in (40, 80, 120):
        length = jax.numpy.asarray(large_step.LENGTHS[row])
        values, slope = jax.numpy.asarray([1.0, 10.0]), jax.numpy.asarray([2.0, 10.0])
        best = np.asarray(least_on_sphere(values, slope, length))
        exact = np.degrees(np.arccos(best @ ahead / length))
        assert angles[row] == pytest.approx(exact, abs=0.06)
        ends = bowls(np.array([start, start + length * ahead, start + best]))
        share = (ends[0] - ends[1]) / (ends[0] - ends[2])
        assert shares[row] == pytest.approx(share, rel=1e-4)


def test_a_short_steps_angle_grows_as_theory_says(bowl):
    """It is η |tᵀHg| / ‖g‖², t ⟂ g, to first order in η."""
    problem, start = bowl
    objective = problems.objective(problem)
    look = jax.jit(objective.values)
    angles, _, _ = large_step.circle(objective, look, start, 1.0)
    slope, hessian = np.array([2.0, 10.0]), np.diag([1.0, 10.0])
    aside = np.array([10.0, -2.0]) / np.sqrt(104)
    rate = np.degrees(abs(aside @ hessian @ slope) / 104)
    short = large_step.LENGTHS <= 0.05
    lengths = large_step.LENGTHS[short]
    # 0.025° is half of the grid's step
    np.testing.assert_allclose(angles[short], rate * lengths, rtol=0.05, atol=0.026)
