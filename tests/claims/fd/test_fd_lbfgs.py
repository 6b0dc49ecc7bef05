"""Errors of differences at the optimum of a quadratic, which are known."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

import problems
from claims.fd import fd_lbfgs


def test_the_floor_of_a_quadratic_is_known():
    """A forward difference errs by ε/2 H_ii, a central one not at all."""
    with jax.enable_x64(True):
        settings = {"dimension": 4, "rotate": True, "dtype": "float64"}
        problem: Any = problems.make("quadratic", distance=0.0, **settings)
        objective = problems.objective(problem)
        x = fd_lbfgs.optimum(objective, jnp.ones(4))
        error, rise = fd_lbfgs.floor(
            objective, objective, x, "forward_difference", 1e-3
        )
        hessian = np.asarray(problem.hessian(None, None))
        central, _ = fd_lbfgs.floor(objective, objective, x, "central_difference", 1e-3)
    np.testing.assert_allclose(x, 0, atol=1e-14)
    e = 1e-3 / 2 * np.diag(hessian)
    assert error == pytest.approx(np.linalg.norm(e), rel=1e-6)
    assert rise == pytest.approx(e @ np.linalg.inv(hessian) @ e / 2, rel=1e-6)
    assert central < 1e-10


def test_gradient_descent_runs_at_its_best_rate():
    trials = pd.DataFrame(
        {"optimizer.settings.learning_rate": [1, 1, 2, 2], "left": [0.1, 9, 3, 0.2]}
    )
    np.testing.assert_array_equal(fd_lbfgs._best(trials), [3, 0.2])
