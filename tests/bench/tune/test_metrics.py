"""Settings are chosen by a metric on validation examples, which nothing else sees."""

from dataclasses import replace
from math import inf, isnan, nan

import jax
import numpy as np
import pytest

from bench import experiment
from bench.config.criterion import scored_metric
from bench.config.plan import Plan
from bench.config.read import checked
from bench.config.schema import TuningTable
from bench.core.errors import ConfigError
from bench.core.metrics import Metric, metric
from bench.core.records import TuningRecord
from bench.core.spec import Budget, Named, Spec, Target
from bench.measurement.runtime import Runtime, SpecTrial
from bench.measurement.scored import Scored
from bench.measurement.sweep import SweepTrial, sweep
from bench.report.tuning import by_number_tried, by_value, outcome_in_words
from bench.tune.scores import Ended, Score, deciding, merit, metric_score, winner
from bench.tune.sweep import steps_within, try_settings

ACCURACY = Metric("validation", "accuracy", True)
LOSS = Metric("validation", "loss", False)
WELL = Ended(False, 0.25)


def score(values, metric=ACCURACY, target=nan, ended=WELL):
    costs = np.arange(len(values), dtype=float)
    return metric_score(np.array(values), costs, metric, target, 4.0, ended)


def test_the_score_of_a_trial_is_its_last_value_within_the_budget():
    values = [0.1, 0.9, 0.8, 0.6, 0.7, 1.0]
    assert score(values) == {
        "cost": inf,
        "validation_accuracy": 0.7,
        "final_loss": 0.25,
    }
    assert score(values, LOSS)["validation_loss"] == 0.7


def test_the_cost_is_that_of_the_first_value_on_the_right_side_of_the_target():
    values = [0.1, nan, 0.9, 0.6, 0.7]
    assert score(values, target=0.65)["cost"] == 2
    assert score(values, target=0.95)["cost"] == inf
    assert score(values, LOSS, target=0.1)["cost"] == 0


def test_a_trial_without_a_value_is_the_worst_whichever_values_are_better():
    for of in (ACCURACY, LOSS):
        for values, ended in (
            ([0.5, nan], WELL),
            ([0.5, 0.9], Ended(True, nan)),
            ([0.5, -inf], WELL),
        ):
            found = score(values, of, ended=ended)
            assert found[of.column] == inf
            rows = [found, score([0.1], of), score([0.9], of)]
            deciders = deciding(of.name, of)
            assert winner([[row] for row in rows], deciders, 4.0) != 0
        good, bad = (0.9, 0.1) if of.higher_is_better else (0.1, 0.9)
        pair = [[score([value], of)] for value in (bad, good)]
        assert winner(pair, deciding(of.name, of), 4.0) == 1


def test_equal_values_are_decided_by_the_training_loss():
    same = [[score([0.9], ended=Ended(False, loss))] for loss in (3.0, 1.0, 2.0)]
    assert winner(same, deciding("accuracy", ACCURACY), 4.0) == 1
    never = [[score([value], target=0.95)] for value in (0.5, 0.9, 0.7)]
    assert winner(never, deciding("cost", ACCURACY), 4.0) == 1


def test_a_median_of_values_of_which_more_is_better_is_its_own():
    rising = Score("validation_accuracy", rising=True)
    rows = [{"validation_accuracy": value} for value in (0.1, inf, 0.5)]
    assert merit(rows, rising, 1.0) == -0.1  # inf is none: worse than 0.1
    assert rising.signed(-0.1) == 0.1
    assert rising.signed(inf) == inf


def test_of_several_targets_the_hardest_counts_in_the_dtype_of_the_metric():
    values = [0.9, 0.95]
    found = Scored.of(ACCURACY, values, "float32").target
    assert found == float(np.float32(19) / np.float32(20)) < 0.95
    assert Scored.of(LOSS, values, "float64").target == 0.9
    assert isnan(Scored.of(LOSS, [], "float32").target)


class Table:
    def __init__(self, criterion, higher_is_better=None):
        self.criterion, self.higher_is_better = criterion, higher_is_better


def test_what_is_reported_on_held_out_examples_is_chosen_on_validation_examples():
    on = Target(metric="held_out_accuracy", value=0.9, higher_is_better=True)
    for criterion in ("accuracy", "held_out_accuracy", "validation_accuracy"):
        assert scored_metric(Table(criterion), None) == ACCURACY
    assert scored_metric(Table("held_out_loss"), on) == LOSS
    assert scored_metric(Table("train_accuracy"), on) == metric("train_accuracy")
    assert scored_metric(Table("cost"), on) == ACCURACY
    own = scored_metric(Table("score", higher_is_better=True), None)
    assert own == Metric("validation", "score", True)
    for losses in (Table("cost"), Table("final_loss"), Table("area")):
        assert scored_metric(losses, Target(loss=0.1)) is None
    assert scored_metric(Table("final_loss"), on) is None


PROBLEM = Named("softmax_regression", {"dataset": "wine", "validation": 0.2})
RATES = [SweepTrial({"learning_rate": rate}) for rate in (0.03, 0.3)]


@pytest.fixture(scope="module")
def runtime():
    return Runtime("cpu")


@pytest.fixture(scope="module")
def walked(runtime):
    """Validation accuracies and losses before each of 41 steps, by NumPy alone."""
    import problems

    problem = problems.make(PROBLEM.name, **PROBLEM.settings)
    sets = [
        [np.asarray(x, float) for x in s] for s in (problem.train, problem.validation)
    ]
    (x, y), (x_new, y_new) = sets
    found = []
    for trial in RATES:
        weights = np.asarray(problem.init(jax.random.key(0)), float)
        rows = []
        for _ in range(41):
            scores = weights @ x_new
            top = scores.max(0)
            sums = np.log(np.exp(scores - top).sum(0)) + top
            right = scores[y_new.astype(int), np.arange(len(y_new))]
            penalty = problem.l2 / 2 * (weights**2).sum()
            hit = (scores.argmax(0) == y_new).mean()
            rows.append((hit, (sums - right).mean() + penalty))
            p = np.exp(weights @ x)
            p /= p.sum(0)
            p[y.astype(int), np.arange(len(y))] -= 1
            gradient = p @ x.T / len(y) + problem.l2 * weights
            weights = weights - trial.settings["learning_rate"] * gradient
        found.append(np.array(rows))
    return found


@pytest.mark.parametrize("by", ["map", "vmap"])
@pytest.mark.parametrize(("of", "column"), [(ACCURACY, 0), (LOSS, 1)])
def test_a_sweep_evaluates_what_numpy_does(runtime, walked, by, of, column):
    spec = Spec(PROBLEM, Named("sgd"), Budget(steps=40))
    traces = sweep(runtime, spec, RATES, by=by, scored=Scored(of))
    for trace, expected in zip(traces, walked, strict=True):
        assert trace.step[0] == 0
        assert trace.step[-1] == 40
        assert len(trace.step) > 10
        np.testing.assert_allclose(trace.loss, expected[trace.step, column], rtol=2e-5)
        np.testing.assert_array_equal(trace.readings[:, 2], trace.step)


@pytest.mark.parametrize("by", ["map", "vmap"])
@pytest.mark.parametrize(("of", "column"), [(ACCURACY, 0), (LOSS, 1)])
def test_a_sweep_ends_at_the_first_step_that_meets_the_target(
    runtime, walked, by, of, column
):
    spec = Spec(PROBLEM, Named("sgd"), Budget(steps=40))
    values = walked[1][:, column]
    target = (values[13] + values[12]) / 2 if column else values[30]
    met = values >= target if of.higher_is_better else values <= target
    scored = Scored.of(of, [float(target)], "float32")
    slow, fast = sweep(runtime, spec, RATES, by=by, scored=scored)
    assert (slow.end, fast.end) == ("budget", "target")
    first = int(fast.step[-1])
    assert met[first]
    assert not met[first - 1]
    assert np.isclose(fast.loss[-1], values[first], rtol=2e-5)


def test_a_sweep_meets_a_target_on_a_metric_as_a_trial_does(runtime):
    """Of the held-out examples, which its validation examples do not change."""
    target = Target(metric="held_out_accuracy", value=0.9, higher_is_better=True)
    spec = Spec(PROBLEM, Named("sgd", {"learning_rate": 0.1}), Budget(steps=40))
    spec = replace(spec, budget=replace(spec.budget, target=target))
    (swept,) = sweep(runtime, spec, [SweepTrial()])
    record, _ = SpecTrial(runtime, spec).run()
    assert (record.end, swept.end) == ("target", "target")
    assert swept.step[-1] == record.steps_to_target > 3
    assert swept.loss[-1] == pytest.approx(record.metrics[target.metric]["final"])
    kept = replace(spec, budget=replace(spec.budget, target=replace(target, kept=2)))
    with pytest.raises(ValueError, match="kept = 1"):
        sweep(runtime, kept, [SweepTrial()])


def test_a_trial_of_one_gradient_a_step_is_scored_at_its_end(runtime, walked):
    """Of a budget of 50 forward passes 16 steps cost 48, and a 17th would not fit."""
    table = TuningTable(budget=50.0, criterion="held_out_loss", seeds=[0])
    spec = Spec(PROBLEM, Named("sgd"), Budget(steps=1))
    rates = [trial.settings for trial in RATES]
    for scores, values in zip(
        try_settings(runtime, spec, table, rates), walked, strict=True
    ):
        (row,) = scores["choose"]
        assert row["validation_loss"] == pytest.approx(values[16, 1], rel=2e-5)
    dear = table.model_copy(update={"budget": 2.0})
    steps = table.model_copy(update={"unit": "steps", "budget": 7.5})
    calls = table.model_copy(update={"unit": "forward"})
    prices = {"gradient": 3.0}
    assert [steps_within(t, prices) for t in (dear, steps, calls)] == [1, 7, 10_000]


FACTORY = """
import jax.numpy as jnp
import problems

MEANS = {{"train": 1.0, "held_out": 2.0, "validation": 0.5}}


def bowl(*, validation: bool = True):
    parts = {{name: jnp.full((4, 1), mean) for name, mean in MEANS.items()}}
    if not validation:
        del parts["validation"]
    return problems.from_functions(
        init=lambda key: jnp.zeros(1),
        loss=lambda x, batch: jnp.square(x - batch).mean(),
        metrics=lambda x, batch: {{"score": -jnp.square(x - batch).mean()}},
        **parts,
    )
"""
CONFIG = """
name = "bowl"
[budget]
steps = 1
TARGET
[tuning]
budget = 1
unit = "steps"
trials = 9
refine = 9
criterion = "score"
higher_is_better = true
seeds = 1
score_seeds = 1
untuned = false
[[problems]]
name = "FILE:bowl"
[[optimizers]]
name = "sgd"
space = { learning_rate = { low = 0.05, high = 2.0 } }
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "bowls.py").write_text(FACTORY.format())
    text = CONFIG.replace("FILE", str(tmp_path / "bowls.py"))
    return text.replace("TARGET", "")


def test_settings_are_the_best_on_validation_and_not_on_held_out_examples(config):
    """One step from 0 leads to twice the rate: 0.5, 1 and 2 are the three minima."""
    run = experiment(config)
    (record,) = run.tuned
    rate = record.chosen["learning_rate"]
    assert rate == pytest.approx(0.25, rel=0.1)
    assert (record.metric, record.higher_is_better) == ("validation_score", True)
    assert record.decides == "validation_score"
    best = record.scores[record.winner]["choose"][0]
    assert best["validation_score"] == pytest.approx(-((2 * rate - 0.5) ** 2), abs=1e-6)
    (trial,) = run.records
    held_out = -((2 * rate - 2.0) ** 2)
    assert trial.metrics["held_out_score"]["final"] == pytest.approx(held_out, rel=1e-5)
    assert "validation_score" not in run.traces


@pytest.mark.parametrize(
    "criterion", ['criterion = "held_out_loss"', 'criterion = "validation_loss"']
)
def test_the_loss_on_validation_examples_may_decide(config, criterion):
    own = config.replace('criterion = "score"\nhigher_is_better = true', criterion)
    (record,) = experiment(own).tuned
    assert record.chosen["learning_rate"] == pytest.approx(0.25, rel=0.1)
    assert not record.higher_is_better


def test_the_cost_to_a_metric_is_that_on_validation_examples(config):
    """Within 0.1 of 0.5 after one step: a rate from 0.2 to 0.3."""
    target = 'target = { metric = "score", above = -0.01 }'
    own = config.replace("steps = 1\n", f"steps = 1\n{target}\n", 1)
    own = own.replace('criterion = "score"\nhigher_is_better = true', "")
    (record,) = experiment(own).tuned
    assert (record.criterion, record.decides) == ("cost", "cost")
    assert record.metric == "validation_score"
    assert 0.2 < record.chosen["learning_rate"] < 0.3
    met = {s["learning_rate"]: r["choose"][0]["cost"] for s, r in _tried(record)}
    for rate, cost in met.items():
        assert cost == (1 if abs(2 * rate - 0.5) < 0.1 else inf)


def _tried(record):
    return zip(record.settings, record.scores, strict=True)


def test_without_validation_examples_nothing_is_run_and_one_line_says_why(config):
    with pytest.raises(ConfigError) as caught:
        experiment(config, "problems.0.validation=false")
    (line,) = caught.value.lines
    assert line.startswith('problem "')
    assert "chosen by validation_score" in line
    assert "no validation examples: set some aside, validation = 0.2" in line
    with pytest.raises(ConfigError, match='no metric "scores"'):
        experiment(config, "tuning.criterion=scores")


WRONG = {
    ("accuracy", "0.0"): "no validation examples: set some aside, validation = 0.2",
    ("acuracy", "0.2"): 'higher_is_better = .* Did you mean "accuracy"',
    ("bleu", "0.2"): 'no metric "bleu": its metrics are "accuracy"',
    ("loss", "0.2"): "is the training loss: take 'final_loss', or 'held_out_loss'",
}
WINE = """
name = "wine"
optimizers = [{ name = "sgd" }]
[tuning]
budget = 10
criterion = "CRITERION"
[[problems]]
name = "softmax_regression"
dataset = "wine"
validation = SHARE
"""


@pytest.mark.parametrize(("criterion", "share"), WRONG)
def test_what_a_config_asks_in_vain_is_one_line_with_its_place(criterion, share):
    text = WINE.replace("CRITERION", criterion).replace("SHARE", share)
    with pytest.raises(ConfigError, match=WRONG[criterion, share]) as caught:
        checked(text)
    (line,) = caught.value.lines
    assert f'tuning.criterion = "{criterion}": ' in line
    assert ":6:" in line or line.startswith("6:") or "6: " in line


def test_a_criterion_of_the_loss_has_the_key_that_it_had():
    text = WINE.replace("CRITERION", "final_loss").replace("validation = SHARE", "")
    (task,) = Plan(checked(text), "cpu").tasks
    assert task.key == KEY


KEY = "softmax_regression-sgd-tuned-148dd916eef6"
"""As before metrics could decide."""


RECORD = TuningRecord(
    key="bowl-sgd-tuned",
    problem_label="bowl",
    label="sgd",
    problem=Named("bowl"),
    optimizer=Named("sgd"),
    table={"criterion": "accuracy", "unit": "gradient", "budget": 100.0},
    settings=[{"learning_rate": rate} for rate in (0.01, 0.1, 1.0)],
    origins=["range"] * 3,
    scores=[
        {
            "choose": [{"end": end, "validation_accuracy": value}],
            "score": [{"end": end, "validation_accuracy": value - k} for k in (0, 0.1)],
        }
        for end, value in (("budget", 0.5), ("budget", 0.75), ("diverged", inf))
    ],
    winner=1,
    metric="validation_accuracy",
    higher_is_better=True,
)


def test_outcomes_are_shown_as_they_are_and_the_better_ones_are_the_higher():
    assert outcome_in_words(RECORD) == "final validation accuracy"
    table = by_value(RECORD, "learning_rate")
    assert table["outcome"].tolist() == [0.5, 0.75, inf]
    assert table["word"].tolist() == ["", "", "diverged"]
    best = by_number_tried([RECORD])
    # Of two settings the 0.75 is in two of three draws; of one it is one in three.
    assert best["median"].tolist() == [0.5, 0.75, 0.75]
    assert best["low"].tolist() == pytest.approx([0.4, 0.65, 0.65])
    assert best["high"].tolist() == [0.5, 0.75, 0.75]


def test_records_keep_what_decided_and_older_ones_have_none():
    plain = RECORD.to_json()
    assert TuningRecord.from_json(plain) == RECORD
    older = {k: v for k, v in plain.items() if k not in ("metric", "higher_is_better")}
    table = older["table"] | {"criterion": "final_loss"}
    read = TuningRecord.from_json(older | {"table": table})
    assert (read.metric, read.decides) == ("", "final_loss")
    cost = replace(RECORD, table=RECORD.table | {"criterion": "cost"})
    assert cost.decides == "cost"
    assert outcome_in_words(cost) == "gradients to the target, validation accuracy"
