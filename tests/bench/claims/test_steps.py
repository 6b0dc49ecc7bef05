"""Claims on the length and direction of steps: verdicts and what decides them."""

from math import inf, nan
from types import SimpleNamespace

import jax
import numpy as np
import pandas as pd
import pytest
from bench.claims import Number
from bench.claims.notes import stationary_points, step_too_small
from bench.claims.step import (
    best_finite_step,
    fixed_length,
    large_step,
    small_gradient,
    sphere,
    tuned,
)

import problems
from problems.himmelblau import hessian


def between(form, low, high, predicted=nan):
    return Number(form, "x", predicted, (low + high) / 2, low, high)


BESIDE = between("beside", -9, 9)


@pytest.mark.parametrize(
    ("judge", "right", "wrong"),
    [
        (best_finite_step.judge, (0.5, 2.0), (0.4, 2.0)),
        (large_step.judge, (-9.0, 0.4), (-9.0, 0.6)),
        (small_gradient.judge, (0.95, 1.0), (0.85, 1.0)),
    ],
)
def test_a_verdict_flips_with_the_ends_of_intervals(judge, right, wrong):
    def verdict(stands, repaired):
        numbers = [between("as it stands", *stands), between("repaired", *repaired)]
        return judge([*numbers, BESIDE])

    assert verdict(right, right) == "holds"
    assert verdict(wrong, right).startswith("holds if ")
    assert verdict(wrong, wrong) == "fails"
    assert judge([BESIDE]) == "fails"


def test_a_fixed_length_that_needs_no_more_steps_refutes_the_claim():
    more, mixed = between("as it stands", 2, 9), between("as it stands", 0.9, 9)
    assert fixed_length.judge([more, more, BESIDE]) == "holds"
    assert fixed_length.judge([more, mixed, BESIDE]) == "fails"
    assert fixed_length.judge([BESIDE]) == "fails"


def test_a_slope_that_is_not_minus_one_refutes_the_claim():
    right = between("as it stands", -1.02, -0.97, predicted=-1)
    flat = between("as it stands", -0.9, -0.8, predicted=-1)
    assert step_too_small.judge([right, BESIDE]) == "holds"
    assert step_too_small.judge([right, flat, BESIDE]) == "fails"


def test_a_zero_of_another_kind_or_a_kind_not_met_refutes_the_claim():
    every, met = (Number("as it stands", "x", n, n) for n in (1, 3))
    assert stationary_points.judge([every, met]) == "holds"
    assert stationary_points.judge([every._replace(measured=0.998), met]) == "fails"
    assert stationary_points.judge([every, met._replace(measured=2)]) == "fails"


@pytest.mark.parametrize(
    ("point", "kind"),
    [
        ((3.0, 2.0), "minimum"),
        ((-3.779310, -3.283186), "minimum"),
        ((-0.270845, -0.923039), "maximum"),
        ((0.086678, 2.884255), "saddle"),
        ((-3.073026, -0.081353), "saddle"),
    ],
)
def test_himmelblaus_points_are_of_the_kinds_known(point, kind):
    assert stationary_points.kind(hessian(*point)) == kind


def test_a_singular_hessian_decides_no_kind():
    assert stationary_points.kind(np.diag([1.0, 0.0])) == stationary_points.NEITHER
    assert stationary_points.kind(np.diag([-1.0, 1e-9])) == stationary_points.NEITHER


def test_steps_of_fixed_length_end_in_the_cycle_that_is_predicted():
    with jax.enable_x64(True):
        numbers = fixed_length._floor(length=0.3)
    for number in numbers:
        assert number.measured == pytest.approx(number.predicted, rel=1e-9)
    assert numbers[0].measured < numbers[1].measured


def test_steps_are_those_of_the_best_point_of_a_grid():
    rows = [("a", 0, "p", 5.0), ("a", 0, "p", 3.0), ("a", 1, "p", nan)]
    columns = ["label", "seed", "problem_label", "steps_to_target"]
    trials = pd.DataFrame([*rows, ("a", 0, "q", 1.0)], columns=columns)
    table = tuned.to_target(SimpleNamespace(trials=trials), "p")  # type: ignore
    assert table["a"].tolist() == [3.0, inf]


def test_a_level_is_reached_at_the_first_row_below_it():
    left = {"k": [1.0, 0.15, 0.05, 0.2], "l": [1.0, 0.5, 0.12, 0.01]}
    traces = pd.DataFrame(
        [
            ("p", "a", 0, key, 10 * row, value)
            for key, values in left.items()
            for row, value in enumerate(values)
        ],
        columns=["problem", "optimizer", "seed", "key", "step", "suboptimality"],
    )
    run = SimpleNamespace(traces=traces)
    assert tuned.to_level(run, "p", 0.1)["a"].tolist() == [20]  # type: ignore
    assert tuned.to_level(run, "p", 0.001)["a"].tolist() == [inf]  # type: ignore


def descend(values, start, rate, target):
    x, steps = start.copy(), 0
    while values @ x**2 / 2 > target:
        x, steps = x - rate * values * x, steps + 1
    return steps


@pytest.mark.parametrize("rate", [0.004, 0.3, 1.8])
def test_the_formula_counts_the_steps_of_gradient_descent(rate):
    values, start = np.array([0.1, 0.5, 1.0]), np.array([1.0, -2.0, 0.5])
    steps = descend(values, start, rate, step_too_small.TARGET)
    assert step_too_small.count(values, start, rate) == steps


def test_the_slope_of_a_power_is_its_exponent():
    rates = np.array([0.01, 0.1, 1.0])
    power = pd.Series(7 * rates**-1.5, index=rates)
    assert step_too_small.slope(power) == pytest.approx(-1.5)


def test_the_correlation_is_of_ranks():
    rise = pd.DataFrame({"gradient_norm": [1.0, 2, 3, 4], "above": [1.0, 8, 9, 1e6]})
    assert small_gradient.correlation(rise) == pytest.approx(1)
    turned = rise.assign(above=[1.0, 8, 9, 2])
    # 1 - 6 Σ d² / (n (n² - 1)), ranks 1, 3, 4, 2
    assert small_gradient.correlation(turned) == pytest.approx(1 - 6 * 6 / 60)


@pytest.mark.parametrize("radius", [0.1, 1.0, 30.0])
@pytest.mark.parametrize("gradient", [(1.0, -2.0, 0.5), (0.0, -2.0, 0.5)])
@pytest.mark.parametrize("values", [(0.5, 1.0, 4.0), (-1.0, 0.3, 2.0)])
def test_the_least_on_the_sphere_satisfies_the_conditions_of_a_global_one(
    values, gradient, radius
):
    values, gradient = np.array(values), np.array(gradient)
    with jax.enable_x64(True):
        least = sphere.least_on_sphere(
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
        problem = problems.make("quadratic", spectrum=[1.0, 10.0], dtype="float64")
        yield problem, jax.numpy.asarray([2.0, 1.0])


def circle(centre, radius, angles=20_000):
    turn = np.linspace(0, 2 * np.pi, angles)
    return np.asarray(centre) + radius * np.c_[np.cos(turn), np.sin(turn)]


def bowls(points):
    return points**2 @ np.array([0.5, 5.0])


@pytest.mark.parametrize("radius", [0.3, 4.0])
def test_the_best_step_is_the_best_of_a_circle(bowl, radius):
    problem, centre = bowl
    on = sphere.Sphere(problem.train, None, problem, centre, jax.numpy.asarray(radius))
    start, model, true = sphere.falls(on)
    best = bowls(circle(centre, radius)).min()
    assert on.optimum() == pytest.approx(best, rel=1e-5)
    assert start - true[1] == pytest.approx(best, rel=1e-5)
    np.testing.assert_allclose(model, true, rtol=1e-9)  # f is its own model
    ahead = on.init(jax.random.key(0))
    np.testing.assert_allclose(ahead, -radius * np.array([2, 10]) / np.sqrt(104))
    assert on.loss(7 * ahead, on.train) == pytest.approx(start - true[0])


def test_the_best_direction_of_the_grid_is_the_exact_one(bowl):
    problem, start = bowl
    objective = problems.objective(problem)
    look = jax.jit(objective.values)
    angles, shares, _ = large_step.falls(objective, look, start, 1.0)
    ahead = -np.array([2, 10]) / np.sqrt(104)
    for row in (40, 80, 120):
        length = jax.numpy.asarray(large_step.LENGTHS[row])
        values, slope = jax.numpy.asarray([1.0, 10.0]), jax.numpy.asarray([2.0, 10.0])
        best = np.asarray(sphere.least_on_sphere(values, slope, length))
        exact = np.degrees(np.arccos(best @ ahead / length))
        assert angles[row] == pytest.approx(exact, abs=0.06)
        ends = bowls(np.array([start, start + length * ahead, start + best]))
        share = (ends[0] - ends[1]) / (ends[0] - ends[2])
        assert shares[row] == pytest.approx(share, rel=1e-4)


def test_a_short_steps_angle_grows_as_theory_says(bowl):
    problem, start = bowl
    objective = problems.objective(problem)
    ratio = large_step.small(objective, jax.jit(objective.values), start)
    assert ratio == pytest.approx(1, abs=0.05)
