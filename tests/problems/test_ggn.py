"""Generalised Gauss-Newton products beside dense matrices, in float64."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import problems
from problems.analytic import analytic
from problems.layers import outputs
from problems.softmax_regression import cross_entropies

FLOAT64 = {"dtype": "float64"}
Scores = Callable[[Any, Any], jax.Array]


@pytest.fixture(autouse=True)
def _x64():
    with jax.enable_x64(True):
        yield


def dense(problem: Any, params: Any, net: Scores, losses: Scores) -> jax.Array:
    """Return (1/m) Σ_i J_iᵀ H_i J_i + l2 I, with J and H by autodiff, whole.

    Args:
        problem: It.
        params: The point.
        net: (params, inputs) -> the outputs, float[..., examples].
        losses: (outputs, targets) -> float[examples].
    """
    x, y = problem.train
    flat, unravel = ravel_pytree(params)
    scores = net(params, x)

    def spread(w: jax.Array) -> jax.Array:
        return net(unravel(w), x).ravel()

    def summed(z: jax.Array) -> jax.Array:
        return losses(z.reshape(scores.shape), y).sum()

    jacobian, bend = jax.jacobian(spread)(flat), jax.hessian(summed)(scores.ravel())
    mean = jacobian.T @ bend @ jacobian / problem.train.count
    return mean + problem.l2 * jnp.eye(flat.size)


def linear(w: jax.Array, x: jax.Array) -> jax.Array:
    return w @ x


def squares(z: jax.Array, y: jax.Array) -> jax.Array:
    return jnp.square(z - y).reshape(-1, y.size).sum(0)


def logistic(z: jax.Array, y: jax.Array) -> jax.Array:
    return jnp.logaddexp(0, -y * z)


def tanh(layers: Any, x: jax.Array) -> jax.Array:
    return outputs("tanh", layers, x)


DIGITS = {"dataset": "digits", "held_out": 0.98}
NET = {"hidden": [2], "activation": "tanh"}
CASES: dict[str, tuple[str, dict[str, Any], Scores, Scores]] = {
    "logistic": ("logistic_regression", {"rows": 20, "columns": 3}, linear, logistic),
    "softmax": ("softmax_regression", {"dataset": "wine"}, linear, cross_entropies),
    "net": ("mlp", {"rows": 20, "columns": 3} | NET, tanh, squares),
    "classes": ("mlp", DIGITS | NET, tanh, cross_entropies),
}


@pytest.mark.parametrize("case", CASES)
def test_a_product_is_that_of_the_dense_matrix(case: str) -> None:
    name, settings, net, losses = CASES[case]
    problem = problems.make(name, **settings, **FLOAT64)
    params = problem.init(jax.random.key(0))
    flat, unravel = ravel_pytree(params)
    v = jnp.asarray(np.random.default_rng(0).normal(size=flat.size))

    @jax.jit
    def both(params: Any, v: jax.Array) -> Any:
        product = problems.objective(problem).ggn(params, unravel(v))
        return dense(problem, params, net, losses), ravel_pytree(product)[0]

    matrix, product = both(params, v)
    np.testing.assert_allclose(product, matrix @ v, atol=1e-12)
    assert np.linalg.eigvalsh(matrix)[0] > -1e-12


def residuals(x: jax.Array, data: Any) -> jax.Array:
    del data
    return jnp.stack([x[0] * x[1], x[0] - 1, jnp.sin(x[1])])


def test_of_residuals_it_is_twice_that_of_their_jacobian() -> None:
    of = problems.objective(analytic(residuals, [1.0, 2.0], squares=True, **FLOAT64))
    x, v = jnp.array([1.0, 2.0]), jnp.array([0.3, -0.7])
    jacobian = np.asarray(of.jacobian(x)[1])
    np.testing.assert_allclose(of.ggn(x, v), 2 * jacobian.T @ (jacobian @ v))


def test_a_problem_that_states_neither_has_none() -> None:
    quadratic = problems.make("quadratic", spectrum=[1.0, 2.0])
    assert problems.objective(quadratic).ggn is None
