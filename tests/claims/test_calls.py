"""The calls that are priced, and the power by which costs grow."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from claims import calls


def test_a_power_is_the_exponent():
    assert calls.power([1, 10, 100], [3, 3e2, 3e4]) == pytest.approx(2)


def test_parameters_are_counted():
    problem = problems.make("mlp", rows=10, columns=3, hidden=[4])
    assert calls.parameters(problem) == 4 * 3 + 4 + 4 + 1


def test_what_is_timed_as_differences_are_forward_ones():
    """At the optimum of a quadratic a forward difference is λ h/2, h = 2 √u."""
    with jax.enable_x64(True):
        problem = problems.make(
            "quadratic", spectrum=[1.0, 3.0], dtype="float64", distance=0.0
        )
        at = problems.objective(problem), jnp.zeros(2)
        _, slopes = jax.jit(calls.differences, static_argnums=0)(*at)
    np.testing.assert_allclose(slopes, 2**-26.5 * np.array([1.0, 3.0]))


def test_shifted_values_are_one_a_parameter_and_the_value_itself():
    with jax.enable_x64(True):
        problem = problems.make(
            "quadratic", spectrum=[2.0, 4.0], dtype="float64", distance=0.0
        )
        values = calls.shifted(problems.objective(problem), jnp.zeros(2))
    np.testing.assert_allclose(values, [1e-6, 2e-6, 0], atol=1e-18)
