"""The plain loop takes the steps of its formula, batches and all."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import problems
from bench import Batch, pick_batch
from claims.descent import descend


def test_gradient_descent_on_a_quadratic_shrinks_each_axis():
    problem = problems.make("quadratic", spectrum=[1.0, 4.0], distance=0.0)
    last, seen = descend(
        problem, optax.sgd(0.1), 5, lambda f, before, after, g: (f(before), g), seeds=3
    )
    starts = np.stack([problem.init(jax.random.key(seed)) for seed in range(3)])
    np.testing.assert_allclose(last, starts * [0.9**5, 0.6**5], rtol=1e-5)
    losses, gradients = seen
    assert losses.shape == (3, 5)
    np.testing.assert_allclose(losses[:, 0], starts**2 @ [0.5, 2.0], rtol=1e-5)
    np.testing.assert_allclose(gradients[:, 0], starts * [1.0, 4.0], rtol=1e-5)


def test_a_step_is_on_the_batch_that_is_picked_for_it():
    problem = problems.make("logistic_regression", rows=50, columns=3)
    batch = Batch(4, stream=True)
    _, losses = descend(
        problem, optax.sgd(0.5), 2, lambda f, x, *_: f(x), seeds=4, batch=batch
    )
    key = jax.random.key(3)
    x = problem.init(key)
    for step in range(2):
        examples = pick_batch(batch, problem, key, jnp.int32(step))
        value, slope = jax.value_and_grad(problem.loss)(x, examples)
        assert losses[3, step] == pytest.approx(float(value), rel=1e-5)
        x = x - 0.5 * slope
