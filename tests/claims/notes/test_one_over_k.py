"""Exponents and the logarithm's factor against the exact recursion."""

import numpy as np
import pytest

from claims.notes import noise_floor, one_over_k


def recursion(rates, curvatures):
    """E f after each step of x ← (1 - ε_k λ) x - ε_k ξ, from x ~ N(0, 1)."""
    variance, left = np.ones_like(curvatures), []
    for rate in rates:
        variance = (1 - rate * curvatures) ** 2 * variance + rate**2
        left.append(curvatures @ variance / 2)
    return np.array(left)


def test_at_a_constant_rate_the_recursion_settles_at_the_floor():
    curvatures = np.array([0.5, 2.0])
    left = recursion(np.full(500, 0.3), curvatures)
    floor = noise_floor.floor(0.3, curvatures)
    assert left[-1] == pytest.approx(floor, rel=1e-12)


@pytest.mark.parametrize("tau", [1.0, 2.5, 20.0])
def test_exponents_are_those_of_the_exact_recursion(tau):
    k = np.array([20_000, 40_000])
    rates = tau / (tau + np.arange(k[-1]))
    losses = recursion(rates, np.array([one_over_k.LEAST, 1.0]))[k - 1]
    slope = np.log(losses[1] / losses[0]) / np.log((tau + k[1]) / (tau + k[0]))
    assert slope == pytest.approx(one_over_k.exponent(tau), rel=0.02)


def test_at_equality_the_logarithm_has_its_factor():
    tau, k = one_over_k.EQUAL, np.array([2_000, 20_000])
    rates = tau / (tau + np.arange(k[-1]))
    losses = recursion(rates, one_over_k.SPECTRUM)[k - 1]
    rise = np.diff((tau + k) * losses) / np.diff(np.log(tau + k))
    assert rise[0] == pytest.approx(one_over_k.FACTOR, rel=0.01)


def test_what_is_fitted_is_the_power_and_the_factor():
    k = 2.5 + one_over_k.LATE
    power = one_over_k._fitted(2.5, np.array([3 * k**-0.5]))
    assert power.seen.median == pytest.approx(-0.5)
    assert power.met
    k = one_over_k.EQUAL + one_over_k.LATE
    rise = one_over_k._fitted(one_over_k.EQUAL, np.array([(7 + 400 * np.log(k)) / k]))
    assert rise.seen.median == pytest.approx(400)
    assert not rise.met
