"""A price is what one call costs, whatever a compiler would do to a loop of them."""

import jax
import pytest

import problems
from bench.clock import timed
from bench.prices import prices


@pytest.fixture(scope="module")
def priced():
    problem = problems.make("linear_regression", rows=20_000, columns=30)
    found = prices(problem, problem.init(jax.random.key(0)))
    return problem, {price.call: price for price in found}


def test_a_constant_hessian_is_not_hoisted(priced):
    _, price = priced
    assert price["hessian"].seconds > price["forward"].seconds


def test_a_price_is_near_that_of_single_calls(priced):
    problem, price = priced
    objective = problems.objective
    call = jax.jit(lambda p, x: jax.value_and_grad(objective(p))(x))
    x = problem.init(jax.random.key(0))
    timed(call, problem, x)
    fastest = min(timed(call, problem, x)[0] for _ in range(30))
    assert 0.2 * fastest < price["gradient"].seconds < 5 * fastest


def test_flops_are_those_of_all_the_data(priced):
    problem, price = priced
    features, rows = problem.train.inputs.shape
    least = 2 * rows * features  # a multiplication and an addition for each number
    assert least <= price["forward"].flops < 3 * least
    assert 2 * least <= price["gradient"].flops < 6 * least
    assert price["forward"].bytes >= 4 * rows * features


def test_hessians_that_last_are_left_out():
    wide = problems.make("mlp", rows=50, columns=40, hidden=[60])
    found = prices(wide, wide.init(jax.random.key(0)))
    assert "hessian" not in [price.call for price in found]
