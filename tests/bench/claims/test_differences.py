"""What differences and back-propagation cost, against closed forms and by hand."""

from itertools import pairwise
from math import inf, nan

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest
from bench.claims import Number, call_prices
from bench.claims.fd import fd_evaluations, fd_lbfgs, fd_memo, fd_slower, memoised
from bench.claims.fd.difference_floor import Optimum
from bench.claims.notes import backprop_linear, path_counts
from bench.claims.notes.expression_graph import backward, by_paths, graph
from bench.claims.step import dimension_cost
from jax.flatten_util import ravel_pytree

import problems
from problems.mlp import Layer


@pytest.fixture
def float64():
    with jax.enable_x64(True):
        yield


def stands(predicted, measured, **rest):
    return Number("as it stands", "x", predicted, measured, **rest)


def repaired(predicted, measured):
    return Number("repaired", "x", predicted, measured)


def test_counts_must_be_exact_and_the_gradient_must_need_n():
    counts, price = stands(101, 101, unit="calls"), stands(100, 70)
    assert fd_evaluations.judge([counts, price]) == "holds"
    assert fd_evaluations.judge([counts, price._replace(measured=3)]) == "fails"
    assert fd_evaluations.judge([counts._replace(measured=102), price]) == "fails"


def test_memory_must_keep_the_order_and_still_cost_more():
    order, more = stands(0, 0.1, unit=fd_memo.POWER), stands(1.0, 1.7)
    assert fd_memo.judge([order, more]) == "holds"
    assert fd_memo.judge([order._replace(measured=0.5), more]) == "fails"
    assert fd_memo.judge([order, more._replace(measured=0.9)]) == "fails"


def test_lbfgs_fails_where_no_difference_gets_low_and_is_repaired_by_its_floor():
    high, low, floor = stands(1e-6, 1e-3), stands(1e-6, 1e-9), repaired(1e-8, 1.5e-8)
    assert fd_lbfgs.judge([high, high, floor]) == "holds"
    assert fd_lbfgs.judge([high, low, floor]).startswith("holds if ")
    assert fd_lbfgs.judge([low, floor._replace(measured=3e-8)]) == "fails"


def test_slower_is_an_interval_above_1():
    ratio = stands(nan, 5.0, low=1.2, high=9.0)
    assert fd_slower.judge([ratio]) == "holds"
    assert fd_slower.judge([ratio, ratio._replace(low=0.9)]) == "fails"
    assert fd_slower.judge([ratio, ratio._replace(low=nan)]) == "fails"


def test_powers_decide_what_dimension_costs():
    right, wrong, over = stands(1, 1.05), stands(2, 2.98), repaired(1, 0.99)
    assert dimension_cost.judge([right, over]) == "holds"
    assert dimension_cost.judge([right, wrong, over]).startswith("holds if ")
    assert dimension_cost.judge([wrong, over._replace(measured=0.5)]) == "fails"


def test_a_price_that_grows_or_a_path_too_many_is_enough():
    constant, paths = stands(0, 0.04), stands(2, 2)
    assert backprop_linear.judge([constant, paths]) == "holds"
    assert backprop_linear.judge([constant._replace(measured=0.5), paths]) == "fails"
    assert backprop_linear.judge([constant, paths._replace(measured=3)]) == "fails"


def plain(objective, params):
    """Return differences of the whole function, in the order of `ravel_pytree`."""
    values = jax.jit(call_prices.shifted, static_argnums=0)(objective, params)
    return (values[:-1] - values[-1]) / memoised.STEP


@pytest.mark.parametrize("name", ["linear_regression", "logistic_regression"])
def test_a_column_update_is_the_difference(float64, name):
    settings = {"rows": 30, "columns": 4, "l2": 0.0, "dtype": "float64"}
    objective = problems.objective(problems.make(name, **settings))
    w = jnp.array([0.3, -0.2, 0.5, 1.0])
    value, differences = jax.jit(memoised.linear, static_argnums=0)(objective, w)
    assert value == pytest.approx(float(objective(w)), rel=1e-14)
    np.testing.assert_allclose(differences, plain(objective, w), rtol=1e-9)


def test_what_a_weight_does_not_reach_may_be_kept(float64):
    settings = {"rows": 20, "columns": 3, "activation": "tanh", "dtype": "float64"}
    objective = problems.objective(problems.make("mlp", hidden=[5, 4, 3], **settings))
    rng = np.random.default_rng(0)
    layers = tuple(
        Layer(jnp.asarray(rng.normal(size=(above, below))), jnp.full(above, 0.1))
        for below, above in pairwise([3, 5, 4, 3, 1])
    )
    value, by_layer = jax.jit(memoised.network, static_argnums=0)(objective, layers)
    in_order = [(rises[:, :-1], rises[:, -1]) for rises in by_layer]
    assert value == pytest.approx(float(objective(layers)), rel=1e-14)
    np.testing.assert_allclose(
        ravel_pytree(in_order)[0], plain(objective, layers), rtol=1e-8
    )


def test_flops_are_those_of_the_formula():
    m, n = 400, 50
    settings = {"rows": m, "columns": n, "held_out": 0.0}
    problem = problems.make("linear_regression", **settings)
    calls = (call_prices.forward, call_prices.gradient, memoised.linear)
    flops = [call_prices.call_flops(call, problem) for call in calls]
    np.testing.assert_allclose(np.array(flops) / (m * n), [2, 4, 7], rtol=0.05)
    assert call_prices.parameters(problem) == n


def test_a_power_is_the_exponent():
    assert call_prices.power([1, 10, 100], [3, 3e2, 3e4]) == pytest.approx(2)


def test_what_is_timed_as_differences_are_forward_ones(float64):
    """At the optimum of a quadratic a forward difference is λ h/2, h = 2 √u."""
    problem = problems.make("quadratic", spectrum=[1.0, 3.0], dtype="float64")
    at = problems.objective(problem), jnp.zeros(2)
    _, slopes = jax.jit(call_prices.differences, static_argnums=0)(*at)
    np.testing.assert_allclose(slopes, 2**-26.5 * np.array([1.0, 3.0]))


def test_the_floor_of_a_quadratic_is_known(float64):
    """A forward difference errs by ε/2 H_ii, a central one not at all."""
    settings = {"dimension": 4, "rotate": True, "dtype": "float64"}
    problem = problems.make("quadratic", **settings)
    objective = problems.objective(problem)
    best = Optimum.near(jnp.ones(4), objective)
    hessian = np.asarray(problem.hessian(None, None))
    e = 1e-3 / 2 * np.diag(hessian)
    error, rise = best.floor(objective, "forward", 1e-3)
    assert error == pytest.approx(np.linalg.norm(e), rel=1e-6)
    assert rise == pytest.approx(e @ np.linalg.inv(hessian) @ e / 2, rel=1e-6)
    assert best.floor(objective, "central", 1e-3).error < 1e-10


def test_a_start_from_which_differences_do_not_arrive_is_slower():
    trials = pd.DataFrame(
        {
            "source": ["autodiff", "forward", "autodiff", "forward"],
            "seconds_to_target": [2.0, nan, 4.0, 8.0],
            "calls": [10, 110, 10, 110],
        },
        index=[0, 0, 1, 1],
    )
    seconds, calls = fd_slower._against(trials, 10, "forward")
    assert (seconds.low, seconds.high) == (2.0, inf)
    assert calls.measured == calls.predicted == 11


@pytest.mark.parametrize("steps", [1, 2, 5, 8])
def test_paths_are_powers_of_the_adjacency(float64, steps):
    walked = graph(path_counts.recursion(steps), 0.3, 0.4)
    paths = np.linalg.matrix_power(np.ones((2, 2), int), steps)[0, 0]
    assert by_paths(walked).paths == paths == 2 ** (steps - 1)
    assert by_paths(walked).products == 3 * (2**steps - 1)


def test_both_walks_give_the_derivative(float64):
    a, b = 1.3, 0.7
    walked = graph(path_counts.example, a, b)
    by_a = np.cos(a**2 + b / a) * (2 * a - b / a**2)
    by_b = np.cos(a**2 + b / a) / a
    assert by_paths(walked).paths == 2
    for walk in (by_paths, backward):
        assert walk(walked, 0).value == pytest.approx(by_a, rel=1e-14)
        assert walk(walked, 1).value == pytest.approx(by_b, rel=1e-14)


def test_a_number_used_twice_is_two_paths_and_a_literal_none(float64):
    walked = graph(lambda a: a * a * 3.0, 5.0)
    assert by_paths(walked).paths == 2
    assert by_paths(walked).value == backward(walked).value == 30
