"""The generalised Gauss-Newton method: its step, its damping and its refusals."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

import optimizers
import problems

pytestmark = pytest.mark.usefixtures("x64")

TABLE = np.random.default_rng(0).normal(size=(6, 3))
TARGETS = np.arange(6.0)


class Squares:
    """Σ r², with the residuals."""

    def __init__(self, residuals: Any):
        self.residuals = residuals

    def __call__(self, x: Any) -> jax.Array:
        return jnp.sum(self.residuals(x) ** 2)


def test_a_step_solves_the_damped_system_and_the_damping_falls(walk: Any) -> None:
    f = Squares(lambda x: TABLE @ x - TARGETS)
    optimizer = optimizers.ggn_cg(0.5, tolerance=0.0)
    params, state, _ = walk(optimizer, f, jnp.zeros(3), 1)
    matrix = 2 * TABLE.T @ TABLE + 0.5 * np.eye(3)
    expected = np.linalg.solve(matrix, 2 * TABLE.T @ TARGETS)
    np.testing.assert_allclose(params, expected, rtol=1e-9)
    # The model is exact but for the damping, which makes its change less than f's.
    assert float(state.damping) == pytest.approx(0.5 / 1.5)


def test_a_step_that_raises_the_loss_is_zero_and_damps_more(walk: Any) -> None:
    f = Squares(lambda x: jnp.arctan(x))  # overshoots from beyond 1.39
    params, state, losses = walk(
        optimizers.ggn_cg(1e-6, tolerance=0.0), f, jnp.array([3.0]), 2
    )
    np.testing.assert_array_equal(params, 3)
    assert float(state.damping) == pytest.approx(1e-6 * 2.25**2)
    _, _, losses = walk(optimizers.ggn_cg(1e-6), f, jnp.array([3.0]), 60)
    assert np.all(np.diff(losses) <= 0)
    assert losses[-1] < 1e-12


@pytest.mark.parametrize("steps", [1, 2, 4])
def test_on_a_linear_model_it_makes_the_steps_of_scikit_learns_newton_method(
    walk: Any, steps: int
) -> None:
    """There the generalised Gauss-Newton matrix is the Hessian."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(40, 3))
    y = np.where(x[:, 0] + rng.logistic(size=40) > 0, 1, -1)
    problem = problems.from_sklearn(
        x, y, kind="logistic", l2=0.1, intercept=False, dtype="float64"
    )
    f = problems.objective(problem)
    optimizer = optimizers.ggn_cg(1e-12, tolerance=1e-12)
    params, _, _ = walk(optimizer, f, jnp.zeros(3), steps, f)
    theirs = LogisticRegression(
        C=1 / (0.1 * len(y)),
        fit_intercept=False,
        solver="newton-cholesky",
        max_iter=steps,
        tol=1e-15,
    )
    with pytest.warns(ConvergenceWarning):
        theirs.fit(x, y)
    np.testing.assert_allclose(params, theirs.coef_[0], rtol=1e-6)


def test_what_has_neither_products_nor_residuals_is_refused(walk: Any) -> None:
    with pytest.raises(optimizers.NotApplicable, match="neither outputs nor residuals"):
        walk(optimizers.ggn_cg(), lambda x: jnp.sum(x**2), jnp.ones(2), 1)
