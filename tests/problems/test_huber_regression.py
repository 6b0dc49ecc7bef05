"""Huber's loss is SciPy's, so is its least value, and the outliers are there."""

import jax
import numpy as np
import pytest

import problems

pytestmark = pytest.mark.usefixtures("x64")
SETTINGS = {"rows": 200, "columns": 4, "outliers": 0.15, "delta": 0.3}


def make(**settings):
    return problems.make("huber_regression", dtype="float64", **SETTINGS | settings)


def data(problem):
    return (np.asarray(a) for a in problem.train)


def test_the_loss_is_scipys_huber():
    from scipy.special import huber

    problem = make(l2=0.2)
    x, y = data(problem)
    w = np.asarray(problem.init(jax.random.key(0)))
    residuals = w @ x - y
    assert 0 < np.mean(np.abs(residuals) < 0.3) < 1
    expected = huber(0.3, residuals).mean() + 0.1 * w @ w
    assert float(problem.loss(w, problem.train)) == pytest.approx(expected, rel=1e-12)


def test_the_least_loss_is_that_of_scipys_robust_least_squares():
    from scipy.optimize import least_squares

    problem = make()
    x, y = data(problem)
    tight = {"xtol": 1e-14, "ftol": 1e-14, "gtol": 1e-14}
    robust = least_squares(
        lambda w: w @ x - y,
        np.zeros(4),
        lambda w: x.T,
        loss="huber",
        f_scale=0.3,
        **tight,
    )
    assert problem.optimum() == pytest.approx(robust.cost / y.size, rel=1e-9)
    assert problem.certificate().gradient_norm < 1e-12


def test_a_share_of_the_targets_are_outliers_in_both_halves():
    plain = problems.make(
        "linear_regression", rows=200, columns=4, held_out=0.2, dtype="float64"
    )
    problem = make(held_out=0.2, outlier_scale=50.0)
    halves = ((problem.train, plain.train), (problem.held_out, plain.held_out))
    moved = [np.asarray(ours.targets - theirs.targets) for ours, theirs in halves]
    for (ours, theirs), shift in zip(halves, moved, strict=True):
        np.testing.assert_array_equal(ours.inputs, theirs.inputs)
        assert np.count_nonzero(shift) == round(0.15 * shift.size)
    outliers = np.concatenate([shift[shift != 0] for shift in moved])
    assert np.sqrt(np.mean(outliers**2)) == pytest.approx(50, rel=0.4)
