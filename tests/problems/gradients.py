"""Gradients against differences of the loss, in float64."""

import jax
import numpy as np
from jax.flatten_util import ravel_pytree

import problems


def check_gradient(problem, params, directions=3, length=1e-5):
    """Compare slopes along random directions with central differences."""
    flat, unravel = ravel_pytree(params)
    objective = problems.objective(problem)
    loss = jax.jit(lambda x: objective(unravel(x)))
    gradient = np.asarray(jax.jit(jax.grad(lambda x: objective(unravel(x))))(flat))
    for v in np.random.default_rng(1).standard_normal((directions, flat.size)):
        difference = loss(flat + length * v) - loss(flat - length * v)
        slope = float(difference) / (2 * length)
        np.testing.assert_allclose(gradient @ v, slope, rtol=1e-6, atol=1e-9)
