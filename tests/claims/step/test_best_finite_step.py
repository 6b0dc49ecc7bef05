"""The best step of a given length, against conditions and a circle; what decides."""

import jax
import numpy as np
import pytest

import problems
from claims.step import best_finite_step


@pytest.mark.parametrize("radius", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("gradient", [(1.0, -2.0, 0.5), (0.0, -2.0, 0.5)])
@pytest.mark.parametrize("values", [(0.5, 1.0, 4.0), (-1.0, 0.3, 2.0)])
def test_the_least_on_the_sphere_satisfies_the_conditions_of_a_global_one(
    values, gradient, radius
):
    values, gradient = np.array(values), np.array(gradient)
    with jax.enable_x64(True):
        least = best_finite_step.least_on_sphere(
            *map(jax.numpy.asarray, (values, gradient, radius))
        )
    step = np.asarray(least)
    assert np.linalg.norm(step) == pytest.approx(radius, rel=1e-9)
    mu = -step @ (values * step + gradient) / radius**2
    np.testing.assert_allclose((values + mu) * step, -gradient, atol=1e-8 * radius)
    assert mu >= -values[0] - 1e-9


@pytest.fixture
def bowl():
    """Return a quadratic in the plane, with a start off its axes."""
    with jax.enable_x64(True):
        problem = problems.make(
            "quadratic", spectrum=[1.0, 10.0], dtype="float64", distance=0.0
        )
        yield problem, jax.numpy.asarray([2.0, 1.0])


def circle(centre, radius, angles=20_000):
    turn = np.linspace(0, 2 * np.pi, angles)
    return np.asarray(centre) + radius * np.c_[np.cos(turn), np.sin(turn)]


def bowls(points):
    return points**2 @ np.array([0.5, 5.0])


@pytest.mark.parametrize("radius", [0.3, 4.0])
def test_the_best_step_is_the_best_of_a_circle(bowl, radius):
    problem, centre = bowl
    on = best_finite_step.Sphere(problem, centre, jax.numpy.asarray(radius))
    start, falls = best_finite_step.falls(on)
    best = bowls(circle(centre, radius)).min()
    assert on.optimum() == pytest.approx(best, rel=1e-5)
    assert start - falls[1] == pytest.approx(best, rel=1e-5)
    ahead = on.init(jax.random.key(0))
    np.testing.assert_allclose(ahead, -radius * np.array([2, 10]) / np.sqrt(104))
    assert on.loss(7 * ahead, on.train) == pytest.approx(start - falls[0])


def test_all_of_an_interval_decides_and_only_long_steps_do_when_repaired():
    what = best_finite_step.COSTS["lbfgs"]

    def met(share, *ratios):
        samples = {what: ratios, best_finite_step.GAINS[0]: [0.1, 0.2]}
        checks = best_finite_step._checks(share, samples)
        return [(check.form, check.met) for check in checks]

    beside = ("beside", None)
    assert met(0.1, 0.5, 2.0) == [("as it stands", True), beside]
    assert met(0.1, 0.4, 2.0) == [("as it stands", False), beside]
    assert met(1.0, 0.5, 2.0) == [("as it stands", True), ("repaired", True), beside]
