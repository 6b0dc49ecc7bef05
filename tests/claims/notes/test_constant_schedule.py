"""A quadratic whose optimum moves."""

import jax.numpy as jnp
import numpy as np
import optax

from claims.notes import constant_schedule


def test_a_drifting_optimum_adds_to_every_update():
    optimizer = constant_schedule.drifting(optax.constant_schedule(0.5), 0.25)
    x = jnp.array([1.0, -2.0])
    updates, _ = optimizer.update(jnp.array([2.0, 4.0]), optimizer.init(x), x)
    np.testing.assert_allclose(updates, [-0.75, -1.75])
    assert updates.dtype == x.dtype


def test_the_best_of_a_kind_has_the_least_median_at_the_end():
    ends = {"a": [9.0, 0.5, 9.0], "b": [1.0, 2.0, 3.0], "c": [0.0, 0.0, 0.0]}
    left = {name: np.c_[[0.0, 0.0, 0.0], end] for name, end in ends.items()}
    np.testing.assert_array_equal(constant_schedule.best(left, "ab"), ends["b"])
