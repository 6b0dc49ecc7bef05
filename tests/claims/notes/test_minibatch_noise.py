"""Variances of batches against NumPy and all samples."""

from itertools import combinations

import jax
import numpy as np
import pytest

import problems
from bench import Batch
from claims.notes import minibatch_noise


def test_without_replacement_the_variance_is_that_of_all_samples():
    x = np.array([0.0, 1.0, 1.5, 4.0, 6.0, 7.0])
    for size in (1, 2, 3, 6):
        means = [np.mean(chosen) for chosen in combinations(x, size)]
        share = np.var(means) / np.var(x)
        assert minibatch_noise.exactly(size, 6, False) == pytest.approx(share)
    assert minibatch_noise.exactly(4, 6, True) == 0.25


@pytest.fixture
def problem():
    return problems.make("logistic_regression", rows=30, columns=3, l2=0.1)


def test_the_variance_of_one_example_is_numpys(problem):
    x, y = (np.asarray(part, np.float64) for part in problem.train)
    params = problem.init(jax.random.key(0))
    w = np.asarray(params, np.float64)
    gradients = -y / (1 + np.exp(y * (w @ x))) * x
    expected = gradients.var(axis=1).sum()
    one = minibatch_noise.of_one_example(problem, params)
    assert one == pytest.approx(expected, rel=1e-5)


def test_all_examples_one_at_a_time_have_the_variance_of_one(problem):
    rows = problem.train.count
    shares = minibatch_noise.variances(problem, Batch(1), batches=rows)
    np.testing.assert_allclose(shares, np.ones(10), rtol=1e-5)
