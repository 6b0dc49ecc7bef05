"""The loss along a line, from scores that are known, is the loss on the line."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems

LENGTHS = np.array([-0.7, 0.0, 2.0])
CASES = {
    "logistic_regression": {"rows": 60, "columns": 4, "l2": 0.3},
    "linear_regression": {"rows": 60, "columns": 4, "l2": 0.3},
    "softmax_regression": {"held_out": 0.95, "l2": 0.3},
}


def looks(problem, params, direction, lengths):
    """Return losses and slopes from the ray, and as the objective gives them."""
    f = problems.objective(problem)
    ray = f.ray(params, direction)
    values, slopes = jax.lax.map(ray.slope, lengths)
    there = jax.lax.map(lambda t: f.jvp(params + t * direction, direction), lengths)
    single = jax.lax.map(ray, lengths)
    points = f.values(jax.vmap(lambda t: params + t * direction)(lengths))
    return (values, single, ray.values(lengths), points), slopes, there


@pytest.mark.parametrize("name", CASES)
def test_a_ray_is_the_objective_along_its_line(name):
    with jax.enable_x64(True):
        problem = problems.make(name, dtype="float64", **CASES[name])
        params, direction = (problem.init(jax.random.key(seed)) for seed in (0, 1))
        found = jax.jit(looks)(problem, params, direction, jnp.asarray(LENGTHS))
    losses, slopes, (value, slope) = found
    for each in losses:
        np.testing.assert_allclose(each, value, rtol=1e-12)
    np.testing.assert_allclose(slopes, slope, rtol=1e-11, atol=1e-14)


def test_a_problem_without_linear_scores_has_no_ray():
    for name in ("mlp", "quadratic"):
        problem = problems.make(name)
        params = problem.init(jax.random.key(0))
        assert problems.objective(problem).ray(params, params) is None
