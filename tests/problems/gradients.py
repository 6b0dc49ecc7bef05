"""Losses and metrics in one program, and gradients against differences of the loss."""

import jax
import numpy as np
from jax.flatten_util import ravel_pytree

import problems

evaluated = jax.jit(problems.evaluation)
start = jax.jit(lambda problem, seed: problem.init(jax.random.key(seed)))


@jax.jit
def _losses_and_gradient(problem, params, points):
    flat, unravel = ravel_pytree(params)

    def loss(x):
        return problem.loss(unravel(x), problem.train)

    return jax.lax.map(loss, flat + points), jax.grad(loss)(flat)


def check_gradient(problem, params, directions=3, length=1e-5):
    """Compare slopes along random directions with central differences, in float64."""
    size = ravel_pytree(params)[0].size
    v = np.random.default_rng(1).standard_normal((directions, size))
    losses, gradient = _losses_and_gradient(
        problem, params, length * np.concatenate([v, -v])
    )
    ahead, behind = np.split(np.asarray(losses), 2)
    slopes = (ahead - behind) / (2 * length)
    np.testing.assert_allclose(v @ np.asarray(gradient), slopes, rtol=1e-6, atol=1e-9)
