"""The distance to the nearest known minimiser, as a column and as a target."""

import numpy as np
import pytest

import optimizers
import problems
from bench import measure
from bench.core.metrics import X_DISTANCE, metric, placed
from bench.measurement.evaluator import Evaluator, metric_names
from bench.store.trials import COLUMNS


def test_the_column_is_the_distance_of_the_recorded_params():
    problem = problems.make("himmelblau")
    made = optimizers.make("sgd", learning_rate=1e-2)
    trace = measure(problem, made, steps=20, every_step=True)
    trace = trace[trace[X_DISTANCE].notna()]
    at = trace[["x1", "x2"]].to_numpy()
    apart = np.linalg.norm(at[:, None] - problem.minimisers(), axis=2).min(axis=1)
    np.testing.assert_allclose(trace[X_DISTANCE], apart, rtol=1e-5, atol=1e-6)
    assert len(trace) > 3


def test_a_problem_without_minimisers_has_the_columns_of_before():
    problem = problems.make("linear_regression", dataset="diabetes", held_out=0.0)
    made = optimizers.make("sgd", learning_rate=1e-2)
    columns = measure(problem, made, steps=2).columns
    assert X_DISTANCE not in columns
    assert not {"x1", "x2"} & {*columns}


def test_only_a_problem_with_minimisers_has_the_metric():
    known, other = problems.make("quadratic"), problems.make("mlp")
    for problem, names in ((known, [X_DISTANCE]), (other, [])):
        assert metric_names(problem, problems.shapes_at_start(problem)) == names


def test_its_name_is_its_column_and_less_is_better():
    assert metric(X_DISTANCE).column == X_DISTANCE
    assert placed(X_DISTANCE) == placed("train_x_distance")
    assert metric(X_DISTANCE).is_met(0.5, 1.0)


def test_a_trial_ends_at_a_target_on_it():
    problem = problems.make("quadratic", dimension=3)
    made = optimizers.make("sgd", learning_rate=0.5)
    trace = measure(problem, made, target={X_DISTANCE: 0.1}, steps=10_000)
    last = trace[X_DISTANCE].iloc[-1]
    assert last <= 0.1 < trace[X_DISTANCE].dropna().iloc[-2]


def test_an_evaluation_of_one_part_has_it_too():
    problem = problems.make("quadratic")
    seen = Evaluator().on(problem, problem.minimiser, "train")
    assert seen[X_DISTANCE] == pytest.approx(0.0)
    assert X_DISTANCE not in COLUMNS
