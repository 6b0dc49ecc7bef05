"""The squares of a problem's residuals add up to its loss."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import problems

pytestmark = pytest.mark.usefixtures("x64")

SMALLER = {
    "linear_regression": {"rows": 30, "columns": 3},
    "logistic_regression": {"rows": 30, "columns": 3},
    "huber_regression": {"rows": 30, "columns": 3},
    "heavy_tailed_softmax": {"rows": 300, "columns": 10, "classes": 12},
    "mlp": {"rows": 30, "columns": 3, "hidden": [4]},
    "autoencoder": {"hidden": [2], "held_out": 0.98},
    "matrix_factorisation": {"rows": 7, "rank": 2},
    "convnet": {"held_out": 0.98},
    "mnist1d": {"rows": 40},
    "recurrent": {"rows": 20},
    "pinn": {"rows": 20, "hidden": [3, 3]},
}
MORE = {
    "ridge": ("linear_regression", {"rows": 30, "columns": 3, "l2": 0.3}),
    "chain": ("rosenbrock", {"dimension": 5}),
    "folded": ("mlp", {"rows": 9, "hidden": [5], "activation": "none", "fold": True}),
}
CASES = {name: (name, SMALLER.get(name, {})) for name in problems.names()} | MORE
SUMS_OF_SQUARES = {
    *("linear_regression", "mlp", "autoencoder", "pinn", "matrix_factorisation"),
    *("rosenbrock", "himmelblau", "kowalik_osborne", "nist_strd"),
}


@jax.jit
def sums_and_losses(problem: Any) -> tuple[list[jax.Array], list[jax.Array]]:
    """Return Σ residuals² and f, of all examples and of a few if f is a mean."""
    start, unravel = ravel_pytree(problem.init(jax.random.key(1)))
    moved = unravel(start + 0.1 * jax.random.normal(jax.random.key(2), start.shape))
    few = problem.train.count >= 8
    parts = [problem.train, *([problem.train.block(2, 5)] if few else [])]
    residuals = [problem.residuals(moved, examples) for examples in parts]
    assert all((r.ndim, r.dtype) == (1, start.dtype) for r in residuals)
    losses = [problem.loss(moved, examples) for examples in parts]
    return [jnp.sum(r**2) for r in residuals], losses


@pytest.mark.parametrize("name", CASES)
def test_the_loss_is_the_sum_of_the_squared_residuals(name):
    factory, settings = CASES[name]
    problem: Any = problems.make(factory, **settings, dtype="float64")
    if getattr(problem, "residuals", None) is None:
        assert factory not in SUMS_OF_SQUARES
        return
    np.testing.assert_allclose(*sums_and_losses(problem), rtol=1e-12)


def test_a_net_for_classes_has_no_residuals():
    net: Any = problems.make("mlp", dataset="digits", hidden=[2])
    assert net.residuals is None
