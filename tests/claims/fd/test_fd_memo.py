"""Differences with memory are those of the whole function, for fewer FLOPs."""

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import bench
import problems
from claims import calls
from claims.fd import fd_memo
from problems.mlp import Layer


@pytest.fixture
def float64():
    with jax.enable_x64(True):
        yield


def plain(objective, params):
    """Return differences of the whole function, in the order of `ravel_pytree`."""
    values = jax.jit(calls.shifted, static_argnums=0)(objective, params)
    return (values[:-1] - values[-1]) / fd_memo.STEP


@pytest.mark.parametrize("name", ["linear_regression", "logistic_regression"])
def test_a_column_update_is_the_difference(float64, name):
    settings = {"rows": 30, "columns": 4, "l2": 0.0, "dtype": "float64"}
    objective = problems.objective(problems.make(name, **settings))
    w = jnp.array([0.3, -0.2, 0.5, 1.0])
    value, differences = jax.jit(fd_memo.linear, static_argnums=0)(objective, w)
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
    value, by_layer = jax.jit(fd_memo.network, static_argnums=0)(objective, layers)
    in_order = [(rises[:, :-1], rises[:, -1]) for rises in by_layer]
    assert value == pytest.approx(float(objective(layers)), rel=1e-14)
    np.testing.assert_allclose(
        ravel_pytree(in_order)[0], plain(objective, layers), rtol=1e-8
    )


def test_flops_are_those_of_the_formula():
    m, n = 400, 50
    settings = {"rows": m, "columns": n, "held_out": 0.0}
    problem = problems.make("linear_regression", **settings)
    asked = (calls.forward, calls.gradient, fd_memo.linear)
    flops = [bench.call_flops(call, problem) for call in asked]
    np.testing.assert_allclose(np.array(flops) / (m * n), [2, 4, 7], rtol=0.05)
    assert calls.parameters(problem) == n


def test_memory_must_keep_the_order_of_a_linear_model_and_still_cost_more():
    n = np.array([10.0, 100.0, 1000.0])

    def met(name, kept, least):
        checks = [*fd_memo._checks(name, n, kept, least)]
        return [check.met for check in checks], [check.form for check in checks]

    forms = ["as it stands", "as it stands"]
    assert met("linear, squares", 2 * n**0.1, 1.0) == ([True, True], forms)
    assert met("linear, squares", 2 * n**0.5, 1.0) == ([False, True], forms)
    assert met("linear, squares", 0.5 * n**0, 1.0) == ([True, False], forms)
    (met_deep, form) = met("2 hidden layers", n**0.5, 40.0)
    assert met_deep == [True, False]
    assert form == ["beside", "as it stands"]
