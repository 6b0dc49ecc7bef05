"""Where steps of fixed length end."""

from typing import Any

import jax
import numpy as np
import pytest

import bench
import optimizers
import problems


@pytest.mark.parametrize("length", [0.1, 0.3])
def test_steps_of_fixed_length_end_in_the_cycle_that_is_predicted(length):
    """Where all λ = 1, x ends at ±r and ±(c - r) in turn, r = ‖x₀‖ mod c."""
    with jax.enable_x64(True):
        settings = {"dimension": 3, "condition": 1.0, "dtype": "float64"}
        problem = problems.make("quadratic", distance=0.0, **settings)
        optimizer: Any = optimizers.make("normalized_sgd", length=length)
        losses = sorted(bench.measure(problem, optimizer, steps=200).loss[-2:])
        rest = np.linalg.norm(problem.init(jax.random.key(0))) % length
    ends = np.array(sorted((rest, length - rest)))
    np.testing.assert_allclose(losses, ends**2 / 2, rtol=1e-9)
    assert losses[0] < losses[1]
