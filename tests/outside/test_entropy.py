"""SciPy's test problem of all its minimisers: entropy under three constraints.

Berger, Della Pietra and Della Pietra, "A Maximum Entropy Approach to Natural Language
Processing", 1996; the minimiser is that of scipy/optimize/tests/test_optimize.py.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import optimizers
import problems
from bench import measure

FEATURES = ((1, 1, 1), (1, 1, 0), (1, 0, 1), (1, 0, 0), (1, 0, 0))
MEANS = (1.0, 0.3, 0.5)
MINIMISER = (0.0, -0.524869316, 0.487525860)


def dual(x):
    """log Σ exp(F x) - Kᵀx; the first parameter has no influence."""
    return jax.nn.logsumexp(jnp.array(FEATURES) @ x) - jnp.array(MEANS) @ x


def test_the_minimum_of_scipys_entropy_problem_is_reached():
    with jax.enable_x64(True):
        problem = problems.from_functions(init=lambda key: jnp.zeros(3), loss=dual)
        trace = measure(problem, optimizers.make("newton_cg"), steps=12)
        least = float(dual(jnp.array(MINIMISER)))
    assert trace["loss"].min() == pytest.approx(least, abs=1e-11)
    assert np.isfinite(trace["loss"]).all()
