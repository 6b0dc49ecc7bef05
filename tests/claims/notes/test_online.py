"""Losses before each step, of its batch and of other examples."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import problems
from bench import Batch, pick_batch
from claims.notes import online


def test_losses_are_of_the_batch_and_of_other_examples_before_the_step(monkeypatch):
    monkeypatch.setattr(online, "PROBLEM", {"rows": 50, "columns": 3})
    batch = Batch(4, stream=True)
    seen = online.losses(batch)
    problem = problems.make("logistic_regression", rows=50, columns=3)
    key = jax.random.key(3)
    x = problem.init(key)
    for step in range(2):
        examples = pick_batch(batch, problem, key, jnp.int32(step))
        value, slope = jax.value_and_grad(problem.loss)(x, examples)
        held_out = problem.loss(x, problem.held_out)
        assert seen[0, 3, step] == pytest.approx(float(value), rel=1e-5)
        assert seen[1, 3, step] == pytest.approx(float(held_out), rel=1e-5)
        x = x - 0.3 * slope


def test_a_gap_is_a_seeds_mean_over_the_steps(monkeypatch):
    training, step = np.zeros((10, 1000)), np.arange(1000.0)
    held_out = training + np.where(step < 200, 0.005, 2.0)
    monkeypatch.setattr(online, "losses", lambda batch: np.array([training, held_out]))
    gaps = [c for c in online.online.run().checks if c.form == "as it stands"]
    assert [check.seen.median for check in gaps] == pytest.approx([0.005, 2, 2])
    assert [check.met for check in gaps] == [True, False, True]
