"""Metrics of the built-in problems are those of NumPy and scikit-learn."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import accuracy_score, r2_score

import problems


def scores(problem, params):
    """Return the scores of all held-out examples, by NumPy in float64."""
    x = np.asarray(problem.held_out.inputs, np.float64)
    if isinstance(params, tuple):
        for place, layer in enumerate(params):
            x = (
                np.asarray(layer.weight, np.float64) @ x
                + np.asarray(layer.bias)[:, None]
            )
            x = np.maximum(x, 0) if place + 1 < len(params) else x
        return x
    return np.asarray(params, np.float64) @ x


def classes(scores):
    return np.sign(scores) if scores.ndim == 1 else scores.argmax(0)


@pytest.mark.parametrize(
    ("name", "settings", "metric"),
    [
        ("logistic_regression", {"rows": 500}, "accuracy"),
        ("logistic_regression", {"dataset": "breast_cancer"}, "accuracy"),
        ("softmax_regression", {}, "accuracy"),
        ("mlp", {"dataset": "digits", "hidden": (8,)}, "accuracy"),
        ("linear_regression", {"rows": 500}, "r2"),
    ],
)
def test_a_metric_is_that_of_scikit_learn(name, settings, metric):
    problem = problems.make(name, **settings)
    params = problem.init(jax.random.key(3))
    found = problem.metrics(params, problem.held_out)
    assert list(found) == problems.metric_names(name, settings) == [metric]
    targets, predicted = np.asarray(problem.held_out.targets), scores(problem, params)
    if metric == "accuracy":
        expected = accuracy_score(targets, classes(predicted))
    else:
        expected = r2_score(targets, predicted)
    assert float(found[metric]) == pytest.approx(expected, rel=1e-5)
    assert found[metric].shape == ()
    value = problems.evaluation(problem, params, problem.held_out)
    assert set(value) == {"loss", metric}
    assert value["loss"] == problem.loss(params, problem.held_out)


def test_metrics_are_the_same_in_blocks():
    problem = problems.make("linear_regression", rows=100_000, columns=3)
    params = jnp.ones(3)
    whole = problem.metrics(params, problem.train)["r2"]
    with problems.in_one_block():
        once = problem.metrics(params, problem.train)["r2"]
    assert float(whole) == pytest.approx(float(once), rel=1e-4)


def test_what_has_no_metrics_has_none():
    assert problems.metric_names("mlp", {}) == []
    assert problems.metric_names("quadratic", {}) is None
    sums = problems.make("mlp", rows=50)
    assert sums.metrics(sums.init(jax.random.key(0)), sums.train) == {}
