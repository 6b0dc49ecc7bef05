"""Kowalik and Osborne's function, held against NIST's certified values (MGH09)."""

import jax
import numpy as np
import pytest

import problems
from problems.kowalik_osborne import AT, RATES, START, Kinetics

pytestmark = pytest.mark.usefixtures("x64")

# https://www.itl.nist.gov/div898/strd/nls/data/mgh09.shtml
CERTIFIED = [1.9280693458e-01, 1.9128232873e-01, 1.2305650693e-01, 1.3606233068e-01]
RESIDUAL_SUM_OF_SQUARES = 3.0750560385e-04


@pytest.fixture(scope="module")
def kinetics():
    return Kinetics(AT, RATES)


def loss(x):
    problem = problems.make("kowalik_osborne", dtype="float64")
    return problem.loss(x, problem.train)


def test_the_optimum_is_nists():
    problem = problems.make("kowalik_osborne", dtype="float64")
    assert problem.optimum() == pytest.approx(RESIDUAL_SUM_OF_SQUARES, rel=1e-10)
    assert float(loss(np.array(CERTIFIED))) == pytest.approx(
        RESIDUAL_SUM_OF_SQUARES, rel=1e-10
    )
    assert problem.certificate().gradient_norm < 1e-9


def test_the_start_is_the_usual_one_and_its_loss_is_that_of_the_collection():
    problem = problems.make("kowalik_osborne", dtype="float64")
    np.testing.assert_array_equal(problem.init(jax.random.key(1)), START)
    assert float(loss(START)) == pytest.approx(5.313172e-3, rel=1e-6)


def test_derivatives_on_the_host_are_those_of_the_loss(kinetics):
    x = START + np.array([0.1, -0.2, 0.3, 0.05])
    value, gradient = kinetics.loss_and_gradient(x)
    assert value == pytest.approx(float(loss(x)), rel=1e-13)
    np.testing.assert_allclose(gradient, jax.grad(loss)(x), rtol=1e-11)
    np.testing.assert_allclose(kinetics.hessian(x), jax.hessian(loss)(x), rtol=1e-11)


def test_rounded_data_have_the_optimum_of_rounded_data():
    single = problems.make("kowalik_osborne")
    assert single.optimum() == pytest.approx(RESIDUAL_SUM_OF_SQUARES, rel=1e-4)
