"""A target on a metric is met at the step that NumPy says, and trials repeat."""

from dataclasses import replace

import jax
import numpy as np
import pytest

import optimizers
import problems
from bench import measure
from bench.core.at_target import AtTarget
from bench.core.readings import zeros
from bench.core.spec import Batch, Budget, Every, Named, Spec, Target
from bench.measurement.batches import pick
from bench.measurement.runtime import Runtime, SpecTrial
from bench.measurement.targets import Targets, TargetsReached
from factories import FactoryError

DIGITS = Named("softmax_regression", {"start_scale": 0.0})
SGD = Named("sgd", {"learning_rate": 0.05})
ACCURACY = "held_out_accuracy"


def spec(values, metric=ACCURACY, higher=True, kept=1, **changed):
    target = Target(None, None, metric, values, higher, kept)
    budget = Budget(seconds=60.0, steps=changed.pop("steps", 2000), target=target)
    return Spec(DIGITS, SGD, budget, **changed)


@pytest.fixture(scope="module")
def runtime():
    return Runtime()


@pytest.fixture(scope="module")
def accuracies(runtime):
    """Return the held-out and the training accuracy after each step, by NumPy."""
    found = {}

    def of(batch, steps=400):
        if batch not in found:
            found[batch] = recomputed(batch, steps)
        return found[batch]

    return of


def recomputed(batch, steps):
    problem = problems.make(DIGITS.name, **DIGITS.settings)
    params = problem.init(jax.random.key(0))
    key, _ = jax.random.split(jax.random.fold_in(jax.random.key(0), 1))

    @jax.jit
    def after(params, step):
        examples = pick(batch, problem, key, step) if batch else problem.train
        gradient = jax.grad(problem.loss)(params, examples)
        return params - 0.05 * gradient

    rows = []
    for step in range(steps + 1):
        weights = np.asarray(params)
        for examples in (problem.held_out, problem.train):
            inputs, classes = map(np.asarray, examples)
            rows.append((np.argmax(weights @ inputs, axis=0) == classes).mean())
        params = after(params, np.int32(step))
    return np.array(rows).reshape(-1, 2).T


@pytest.mark.parametrize("batch", [None, Batch(32)])
def test_the_step_found_meets_the_target_and_the_one_before_does_not(
    runtime, accuracies, batch
):
    values = [0.8, 0.9]
    trial = spec(values, batch=batch)
    record, rows = SpecTrial(runtime, trial).run()
    held_out, _ = accuracies(batch)
    assert record.end == "target"
    assert [(at.metric, at.value) for at in record.targets] == [
        (ACCURACY, value) for value in values
    ]
    for at in record.targets:
        assert held_out[at.steps - 1] < at.value <= held_out[at.steps]
        assert at.readings["gradient"] == at.steps
        assert at.resolution >= 1
        assert rows_at(rows, at.steps)[ACCURACY] == pytest.approx(held_out[at.steps])
    last = record.targets[-1]
    assert (record.steps, record.steps_to_target) == (last.steps, last.steps)
    assert record.seconds_to_target == rows[-1]["seconds"] > 0
    assert record.target_loss == 0.9
    assert record.target_metric == ACCURACY


def rows_at(rows, step):
    (row,) = (row for row in rows if row["step"] == step)
    return row


def test_the_metric_of_every_recorded_look_is_the_one_of_numpy(runtime, accuracies):
    record, rows = SpecTrial(runtime, spec(0.9, batch=Batch(32))).run()
    held_out, _ = accuracies(Batch(32))
    seen = [(r["step"], r[ACCURACY]) for r in rows if r[ACCURACY] is not None]
    assert len(seen) > 20
    assert [x for _, x in seen] == pytest.approx([held_out[step] for step, _ in seen])
    assert "train_accuracy" not in rows[0]
    best = max(x for _, x in seen)
    scores = record.metrics[ACCURACY]
    assert (scores["first"], scores["final"]) == (seen[0][1], seen[-1][1])
    assert scores["best"] == best
    assert scores["best_step"] == next(step for step, x in seen if x == best)
    assert record.metrics["held_out_loss"]["best"] == min(
        row["held_out_loss"] for row in rows if row["held_out_loss"] is not None
    )


def test_metrics_of_training_examples_are_there_if_a_target_is_on_them(
    runtime, accuracies
):
    record, rows = SpecTrial(runtime, spec(0.9, "train_accuracy")).run()
    held_out, train = accuracies(None)
    assert train[record.steps - 1] < 0.9 <= train[record.steps]
    assert rows[-1]["train_accuracy"] == pytest.approx(train[record.steps])
    assert rows[-1][ACCURACY] == pytest.approx(held_out[record.steps])


def test_a_metric_that_should_be_low_is_met_from_above(runtime):
    target = spec(1.0, "held_out_loss", higher=False)
    record, rows = SpecTrial(runtime, target).run()
    held = [row for row in rows if row["held_out_loss"] is not None]
    assert held[-1]["step"] == record.steps_to_target
    assert held[-1]["held_out_loss"] <= 1.0 < held[-2]["held_out_loss"]
    assert "held_out_loss evaluated at or below the target" in record.reason
    assert record.loss_in_float64 is None


def test_an_accuracy_is_met_at_its_value_in_float32():
    """342 of 360 in float32 is below 0.95 in float64."""
    accuracy = float(np.float32(342) / np.float32(360))
    assert accuracy < 0.95
    of = Target(None, None, ACCURACY, 0.95, True)
    assert Targets.of(of, None, "float32").is_met_by(accuracy, 0.95)
    below = float(np.float32(341) / np.float32(360))
    assert not Targets.of(of, None, "float32").is_met_by(below, 0.95)
    assert not Targets.of(of, None, "float32").is_met_by(float("nan"), 0.95)


def test_a_trial_with_a_metric_repeats_exactly(runtime):
    trial = spec([0.7, 0.9], batch=Batch(32, replace=True), seed=5)
    runs = [SpecTrial(at, trial).run() for at in (runtime, runtime, Runtime())]
    seconds = ("seconds", "measured")
    bare = [
        [{k: x for k, x in row.items() if k not in seconds} for row in rows]
        for _, rows in runs
    ]
    assert bare[0] == bare[1] == bare[2]
    found = [[replace(at, seconds=0.0) for at in r.targets] for r, _ in runs]
    assert found[0] == found[1] == found[2]


def test_a_target_that_is_lost_again_is_not_kept(runtime, accuracies):
    """With a look at every second step, from the first that is kept for three."""
    held_out, _ = accuracies(Batch(8))
    looks = np.arange(0, 401, 2)
    met = held_out[looks] >= 0.88
    runs = [i for i in range(len(met) - 2) if met[i : i + 3].all()]
    first = next(i for i in runs if not met[i - 1])
    assert met[:first].any(), "the target should be lost again at first"
    before, after = looks[first - 1], looks[first]
    step = next(s for s in range(before + 1, after + 1) if held_out[s] >= 0.88)
    trial = spec(0.88, kept=3, batch=Batch(8), evaluation=Every(steps=2), steps=400)
    record, rows = SpecTrial(runtime, trial).run()
    (at,) = record.targets
    assert (record.end, at.steps, at.resolution) == ("target", step, 2)
    assert record.steps == rows[-1]["step"] == looks[first + 2]
    assert record.steps_to_target == step
    assert record.readings_to_target["gradient"] == step
    assert record.seconds_to_target == at.seconds <= record.seconds
    assert "kept there for 3 evaluations" in record.reason


def test_a_target_met_too_late_to_be_kept_is_not_reached(runtime):
    trial = spec(0.5, kept=50, evaluation=Every(steps=10), steps=100)
    record, _ = SpecTrial(runtime, trial).run()
    assert record.end == "budget"
    assert record.targets == [AtTarget(0.5, metric=ACCURACY)]
    assert record.steps_to_target is None


def test_a_loss_can_be_kept_too(runtime):
    target = Target(loss=1.5, kept=3)
    budget = Budget(seconds=60.0, steps=500, target=target)
    trial = Spec(DIGITS, SGD, budget, evaluation=Every(steps=10))
    record, rows = SpecTrial(runtime, trial).run()
    at_once, _ = SpecTrial(
        runtime, replace(trial, budget=replace(budget, target=Target(loss=1.5)))
    ).run()
    assert record.steps_to_target == at_once.steps
    assert record.steps == 10 * (-(-at_once.steps // 10) + 2) == rows[-1]["step"]


@pytest.mark.parametrize("every", [Every(steps=7), Every(epochs=0.5)])
def test_a_trial_is_evaluated_at_the_stated_steps(runtime, every):
    trial = spec(2.0, batch=Batch(64), evaluation=every, steps=100)  # never met
    _, rows = SpecTrial(runtime, trial).run()
    examples = problems.make(DIGITS.name).train.count
    apart = 7 if every.steps else examples / 2 / 64
    stated = [int(np.ceil(i * apart)) for i in range(101)]
    assert [row["step"] for row in rows] == sorted(
        {s for s in stated if s < 100} | {100}
    )


def test_targets_that_are_kept_nest():
    reached = TargetsReached(Targets((3.0, 1.0), kept=2))
    none, clock = zeros(), (0.0, True)
    reached.add(1, clock, none)
    reached.see_evaluation(2.0)
    assert [at.loss for at in reached.reached] == [3.0]
    reached.add(2, clock, none)
    reached.see_evaluation(2.0)  # the second is lost, the first was kept
    assert reached.left() == [1.0]
    reached.see_evaluation(9.0)
    assert [at.loss for at in reached.reached] == [3.0]
    assert not reached.all_reached
    reached.add(5, clock, none)
    reached.see_evaluation(0.5)
    assert reached.all_reached


@pytest.mark.parametrize("kept", [1, 3])
def test_a_method_of_scipy_meets_a_metric_too(runtime, kept):
    """From the iterates that trials of fewer steps end with, by NumPy."""
    problem = problems.make(DIGITS.name, **DIGITS.settings)
    inputs, classes = map(np.asarray, problem.held_out)

    def ended_after(steps):
        trial = SpecTrial(runtime, replace(bfgs, budget=Budget(steps=steps)))
        trial.run()
        return (np.argmax(trial._outcome.params @ inputs, axis=0) == classes).mean()

    bfgs = replace(spec([0.85, 0.9], kept=kept), optimizer=Named("scipy.L-BFGS-B"))
    record, rows = SpecTrial(runtime, bfgs).run()
    first, last = record.targets
    assert record.end == "target", record.reason
    assert ended_after(last.steps - 1) < 0.9 <= ended_after(last.steps)
    assert rows[first.steps - 1][ACCURACY] < 0.85 <= rows[first.steps][ACCURACY]
    assert record.steps == last.steps + kept - 1 == rows[-1]["step"]
    assert record.steps_to_target == last.steps
    assert last.resolution == 1
    assert record.readings_to_target["gradient"] == rows[last.steps]["gradient"]
    assert 0 < first.seconds <= last.seconds == record.seconds_to_target
    assert f"{ACCURACY} evaluated at or above the target" in record.reason


def test_measure_takes_a_target_as_a_config_has_it(accuracies):
    problem = problems.make(DIGITS.name, **DIGITS.settings)
    sgd = optimizers.make("sgd", learning_rate=0.05)
    trace = measure(problem, sgd, target={"accuracy": 0.9})
    held_out, _ = accuracies(None)
    step = int(trace["step"].iloc[-1])
    assert trace.attrs["end"] == "target"
    assert held_out[step - 1] < 0.9 <= held_out[step]
    for target, words in {"f1": "no metric", "acc": '"accuracy"'}.items():
        with pytest.raises(FactoryError, match=words):
            measure(problem, sgd, target={target: 0.9})
    with pytest.raises(FactoryError, match=r"target\.accuracy"):
        measure(problem, sgd, target={"accuracy": "high"})
