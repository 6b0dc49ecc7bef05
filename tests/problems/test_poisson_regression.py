"""Poisson regression is that of scikit-learn and of SciPy."""

import jax
import numpy as np
import pytest
from sklearn.linear_model import PoissonRegressor
from sklearn.metrics import mean_poisson_deviance

import problems

SETTINGS = {"rows": 300, "columns": 4, "l2": 0.1}


@pytest.fixture
def made():
    with jax.enable_x64(True):
        yield problems.make("poisson_regression", dtype="float64", **SETTINGS)


def test_the_loss_is_half_the_deviance_and_the_penalty(made):
    w = np.asarray(made.init(jax.random.key(3)))
    x, y = map(np.asarray, made.train)
    expected = mean_poisson_deviance(y, np.exp(w @ x)) / 2 + 0.05 * w @ w
    assert (y == 0).any()  # where y log y is 0
    np.testing.assert_allclose(made.loss(w, made.train), expected, rtol=1e-12)


def test_the_least_loss_is_that_of_scikit_learn(made):
    x, y = map(np.asarray, made.train)
    fitted = PoissonRegressor(
        alpha=0.1, fit_intercept=False, solver="newton-cholesky", tol=1e-12
    ).fit(x.T, y)
    w = fitted.coef_
    np.testing.assert_allclose(made.optimum(), made.loss(w, made.train), rtol=1e-9)


def test_gradient_and_hessian_are_those_of_differences(made):
    w, examples = np.full(4, 0.1), made.train
    gradient = jax.grad(made.loss)(w, examples)
    steps = 1e-6 * np.eye(4)
    rises = [made.loss(w + h, examples) - made.loss(w - h, examples) for h in steps]
    np.testing.assert_allclose(gradient, np.array(rises) / 2e-6, rtol=1e-6)
    dense = jax.hessian(made.loss)(w, examples)
    np.testing.assert_allclose(made.hessian(w, examples), dense, rtol=1e-9)


def test_bundled_targets_are_counts_and_inputs_standardised():
    made = problems.make("poisson_regression", dataset="diabetes")
    assert np.asarray(made.train.targets).min() == 25
    np.testing.assert_allclose(np.std(made.train.inputs, axis=1)[1:], 1, rtol=1e-5)
