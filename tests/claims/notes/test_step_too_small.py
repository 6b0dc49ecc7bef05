"""Slopes of powers, on the left of the best rate."""

import numpy as np

from claims.notes import step_too_small


def test_the_slope_of_a_power_is_its_exponent():
    rates = np.array([0.01, 0.1, 1.0])
    powers = np.array([7 * rates**-1.5, 2 * rates**-0.5])
    np.testing.assert_allclose(step_too_small.slopes(rates, powers), [-1.5, -0.5])


def test_the_left_branch_ends_at_a_quarter_of_the_best_rate():
    rates = np.array([0.1, 0.25, 0.5, 1.0, 2.0])
    steps = np.array([[1000.0, 400.0, 350.0, 100.0, np.inf]] * 3)
    np.testing.assert_allclose(step_too_small.slopes(rates, steps), [-1.0] * 3)
