"""The floor against the stationary covariance, and what losses are of."""

import numpy as np
import optax
import pytest
from scipy.linalg import solve_discrete_lyapunov

import problems
from claims.notes import noise_floor


def test_the_floor_is_that_of_the_stationary_covariance():
    rate, curvatures = 0.7, np.array([0.4, 1.3])
    # x ← x - ε (λ x + ξ)
    step, drive = np.diag(1 - rate * curvatures), rate * np.eye(2)
    covariance = solve_discrete_lyapunov(step, drive @ drive.T)
    left = noise_floor.floor(rate, curvatures)
    assert left == pytest.approx(curvatures @ np.diag(covariance) / 2, rel=1e-12)


def test_losses_are_after_each_step_and_of_the_function_without_noise():
    problem = problems.make("quadratic", spectrum=[1.0, 4.0], noise=1.0)
    left = noise_floor.losses(problem, optax.sgd(0.5), 1)
    clean = problems.make("quadratic", spectrum=[1.0, 4.0], noise=0.0)
    shrunk = noise_floor.losses(clean, optax.sgd(0.5), 1)
    assert left.shape == (10, 1)
    assert np.all(left != shrunk)
    many = problems.make("quadratic", spectrum=[1.0] * 2000, noise=1.0)
    # x ← x/2 - ξ/2, of variance 1/2
    left = noise_floor.losses(many, optax.sgd(0.5), 1)
    np.testing.assert_allclose(left, 2000 / 4, rtol=0.15)
