"""Targets on metrics and the steps of evaluations, as a config states them."""

import pytest

from bench.config.plan import Plan
from bench.config.read import checked
from bench.config.targets import unknown
from bench.core.errors import ConfigError
from bench.core.metrics import DirectionError, metric
from bench.core.spec import Every, Target

TEXT = """name = "a"
[budget]
steps = 10
target = {target}
[[problems]]
name = "{problem}"
[[optimizers]]
name = "sgd"
learning_rate = 0.1
{more}
"""


def planned(target, problem="logistic_regression", more=""):
    """Return the spec of the only trial."""
    text = TEXT.format(target=target, problem=problem, more=more)
    (spec,) = Plan(checked(text), "cpu").specs()
    return spec


def line(*given, **more):
    with pytest.raises(ConfigError) as caught:
        planned(*given, **more)
    (only,) = caught.value.lines
    return only


HELD_OUT = "held_out_accuracy"
KEYS = ["fcacdc61d85f", "a5fe0da9b009"]


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("{ accuracy = 0.95 }", Target(None, None, HELD_OUT, 0.95, True)),
        (
            "{ train_accuracy = [0.9, 1] }",
            Target(None, None, "train_accuracy", [0.9, 1.0], True),
        ),
        ("{ held_out_loss = 0.3 }", Target(None, None, "held_out_loss", 0.3, False)),
        ("{ train_loss = 0.3, kept = 2 }", Target(loss=0.3, kept=2)),
        (
            '{ metric = "accuracy", below = 0.1 }',
            Target(None, None, HELD_OUT, 0.1, False),
        ),
        ("{ loss = 0.3 }", Target(loss=0.3)),
        (
            "{ relative_suboptimality = [0.1, 1e-3] }",
            Target(relative_suboptimality=[0.1, 1e-3]),
        ),
    ],
)
def test_a_target_is_read(text, target):
    assert planned(text).budget.target == target


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{ acuracy = 0.9 }", 'a:4: budget.target.acuracy: "acuracy" has no known'),
        ("{ acuracy = 0.9 }", 'Did you mean "accuracy"?'),
        ("{ train_acc = 0.9 }", 'Did you mean "accuracy"?'),
        ("{ score = 0.9 }", 'write { metric = "score", above = ... } or below'),
        ("{ accuracy = 0.9, loss = 1.0 }", "takes one of loss, suboptimality, "),
        ("{ accuracy = 0.9, f1 = 0.9 }", "takes one of loss, suboptimality, "),
        ('{ metric = "score" }', "needs either above = ... or below = ..."),
        ('{ metric = "score", above = 1, below = 2 }', "needs either above = ..."),
        ("{ accuracy = 0.9, above = 1 }", 'above and below go with metric = "..."'),
        ("{ validation_accuracy = 0.9 }", "validation examples are for tuning"),
        ('{ metric = "loss", above = 1 }', "the training loss is minimised"),
        ('{ accuracy = "high" }', "accuracy = 'high': should be a number or a list"),
        ("{ accuracy = 0.9, kept = 0 }", "budget.target.kept = 0: should be at least"),
        (
            "{ f1 = 0.9 }",
            'problems.0.target: the problem has no metric "f1": its metrics are '
            '"accuracy".',
        ),
        (
            "{ relative_suboptimality = 1.0 }",
            "relative_suboptimality = 1.0: should be less than 1, which is that of the "
            "start",
        ),
        (
            "{ suboptimality = 1.0, relative_suboptimality = 0.1 }",
            "takes one of loss, ",
        ),
    ],
)
def test_one_line_says_what_is_wrong_with_a_target(text, words):
    assert words in line(text).replace("config:", "a:")


def test_a_problem_without_metrics_says_so():
    assert "it has none but the loss" in line("{ accuracy = 0.9 }", problem="mlp")


def test_the_nearest_of_a_problem_s_metrics_is_named():
    why = unknown("train_acc", ["accuracy", "loss_of_margin"])
    assert why == (
        'the problem has no metric "acc": its metrics are "accuracy", '
        '"loss_of_margin". Did you mean "accuracy"?'
    )
    assert unknown("held_out_loss", []) == unknown("held_out_x", None) == ""


@pytest.mark.parametrize(
    ("text", "every"),
    [
        ("50", Every(steps=50)),
        ("{ epochs = 0.5 }", Every(epochs=0.5)),
        ("{ growth = 1.1 }", Every(growth=1.1)),
    ],
)
def test_the_steps_of_evaluations_are_read(text, every):
    spec = planned("{ loss = 0.3 }", more=f"[evaluation]\nevery = {text}\nkept = 3")
    assert spec.evaluation == every
    assert spec.budget.target.kept == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("0", "evaluation.every.steps = 0: should be at least 1"),
        ("true", "should be a number of steps, or { epochs = 1 } or"),
        ("{}", "takes one of steps, epochs and growth"),
        ("{ epochs = 1, growth = 2.0 }", "takes one of steps, epochs and growth"),
        ("{ growth = 1.0 }", "should be greater than 1"),
        ("{ epoch = 1 }", 'unknown key. Did you mean "epochs"?'),
    ],
)
def test_one_line_says_what_is_wrong_with_the_steps(text, words):
    assert words in line("{ loss = 0.3 }", more=f"[evaluation]\nevery = {text}")


def test_what_states_nothing_new_has_the_key_of_before():
    """The hashes are those that version 0.1 gives these trials."""
    keys = [planned("{ loss = 0.3 }").key, planned("{ suboptimality = 1e-6 }").key]
    assert [key[-12:] for key in keys] == KEYS
    stated = [
        planned("{ loss = 0.3, kept = 2 }"),
        planned("{ accuracy = 0.9 }"),
        planned("{ accuracy = 0.8 }"),
        planned("{ loss = 0.3 }", more="[evaluation]\nevery = 5"),
    ]
    assert len({*keys, *(spec.key for spec in stated)}) == 6


@pytest.mark.parametrize(
    ("text", "column", "higher"),
    [
        ("loss", "loss", False),
        ("train_loss", "loss", False),
        ("held_out_loss", "held_out_loss", False),
        ("accuracy", "held_out_accuracy", True),
        ("train_r2", "train_r2", True),
        ("validation_perplexity", "validation_perplexity", False),
    ],
)
def test_a_metric_and_its_column_name_each_other(text, column, higher):
    found = metric(text)
    assert (found.column, found.higher_is_better) == (column, higher)
    assert metric(found.column) == found
    assert metric(text, "above").higher_is_better


def test_a_metric_of_no_known_direction_must_state_it():
    with pytest.raises(DirectionError, match='"score" has no known direction'):
        metric("train_score")
    assert metric("score", "below").column == "held_out_score"


@pytest.mark.parametrize(
    "target", ["{ accuracy = 95 }", "{ train_accuracy = [0.9, 2] }"]
)
def test_a_share_is_at_most_one(target):
    with pytest.raises(ConfigError, match="accuracy is at most 1"):
        planned(target)


def test_a_target_on_held_out_examples_needs_some():
    with pytest.raises(ConfigError, match="has no held-out examples"):
        planned("{ accuracy = 0.9 }", 'softmax_regression"\nheld_out = 0.0\nlabel = "x')
