"""The config that runs an optimizer as the optimizers of another config were run."""

import pytest

from bench.config import ranked
from bench.config.plan import Plan
from bench.config.read import checked
from bench.core.errors import ConfigError

KEPT = """\
name = "kept"
seeds = [3, 4]
quick = ["seeds=1"]
[budget]
seconds = 0.5
forward_equivalents = 300
target = { relative_suboptimality = [1e-1, 1e-3] }
[tuning]
budget = 300
trials = 4
[[problems]]
name = "quadratic"
class = "convex"
dimension = 3
[[problems]]
name = "logistic_regression"
rows = 30
columns = 3
l2 = 0.1
target = { loss = 0.5 }
batch = 8
[[optimizers]]
name = "adam"
learning_rate = 1e-3
[[optimizers]]
name = "optax.adamw"
label = "slow decay"
learning_rate = 1e-3
weight_decay = 1e-4
space = { learning_rate = { low = 1e-4, high = 10.0 } }
"""


@pytest.fixture
def plain():
    """Return the config as run.json holds it."""
    return checked(KEPT).model_dump(mode="json", exclude_none=True)


def test_everything_but_the_optimizers_is_that_of_the_other_config(plain):
    entry = ranked.named("lbfgs", "mine", ["memory_size=3"], ranked.labels(plain))
    config, left_out = ranked.beside(plain, entry, (), timed=True)
    assert left_out == {}
    assert config.name == "rank-mine"
    given = checked(KEPT)
    for name in ("seeds", "budget", "tuning", "problems", "evaluation", "dtype"):
        assert getattr(config, name) == getattr(given, name)
    (own,) = config.optimizers
    assert (own.name, own.label, own.settings) == ("lbfgs", "mine", {"memory_size": 3})


def test_tasks_and_draws_are_those_of_the_other_config(plain):
    entry = ranked.named("adam", "twin", ["learning_rate=1e-3"], ())
    ours = Plan(ranked.beside(plain, entry, (), timed=False).config, "cpu").tasks
    theirs = Plan(checked(KEPT, chosen=["optimizer=adam"]), "cpu").tasks
    assert [task.seed for task in ours] == [task.seed for task in theirs]
    assert [task.table for task in ours] == [task.table for task in theirs]
    assert [task.key for task in ours] == [task.key for task in theirs]


def test_trials_that_are_not_timed_are_others_and_are_limited_by_calls(plain):
    entry = ranked.named("sgd", "", ["learning_rate=0.1"], ())
    timed, counted = (
        Plan(ranked.beside(plain, entry, (), timed).config, "cpu").specs()
        for timed in (True, False)
    )
    assert {spec.timed for spec in timed} == {True}
    assert {spec.budget.seconds for spec in timed} == {0.5}
    assert {spec.timed for spec in counted} == {False}
    assert {spec.budget.seconds for spec in counted} == {ranked.UNTIMED_SECONDS}
    assert not {spec.key for spec in timed} & {spec.key for spec in counted}
    assert all(spec.to_json()["timed"] is False for spec in counted)
    assert not any("timed" in spec.to_json() for spec in timed)


def test_a_label_that_is_taken_says_that_this_one_is_new(plain):
    taken = ranked.labels(plain)
    assert taken == ["adam", "slow decay"]
    assert ranked.named("my.py:adam", "", (), taken)["label"] == "adam, new"
    assert ranked.named("my.py:adam", "own", (), taken)["label"] == "own"


def test_rivals_are_found_by_label_or_name(plain):
    (one,) = ranked.chosen(plain, ["slow decay"], "kept")
    assert one["space"] == {"learning_rate": {"low": 1e-4, "high": 10.0}}
    assert ranked.chosen(plain, ["optax.adamw", "slow decay"], "kept") == [one]
    entry = ranked.named("sgd", "", (), ())
    config, _ = ranked.beside(plain, entry, [one], timed=True)
    assert [each.label for each in config.optimizers] == ["sgd", "slow decay"]
    with pytest.raises(ConfigError, match=r'kept has no .* Did you mean "adam"'):
        ranked.chosen(plain, ["adma"], "kept")


def test_what_this_version_does_not_accept_is_named_and_left_out(plain):
    plain["problems"][0]["dimensions"] = 3
    rivals = [{**plain["optimizers"][0], "rate": 1.0}, plain["optimizers"][1]]
    entry = ranked.named("sgd", "", (), ())
    config, left_out = ranked.beside(plain, entry, rivals, timed=True)
    assert [each.name for each in config.problems] == ["logistic_regression"]
    assert [each.name for each in config.optimizers] == ["sgd", "optax.adamw"]
    assert left_out.keys() == {"quadratic", "adam"}
    assert left_out["quadratic"].startswith("dimensions: ")
    assert left_out["adam"].startswith("rate: ")
    plain["problems"][1]["rows"] = -1
    with pytest.raises(ConfigError, match="none of the problems is accepted"):
        ranked.beside(plain, entry, (), timed=True)


def test_what_is_wrong_with_ones_own_is_an_error_for_each(plain):
    entry = ranked.named("adam", "mine", ["b1=2", "b3=0"], ())
    with pytest.raises(ConfigError) as raised:
        ranked.beside(plain, entry, (), timed=True)
    assert all(line.startswith("adam: b") for line in raised.value.lines)
    assert len(raised.value.lines) == 2


def test_on_a_problem_of_ones_own_the_final_loss_decides_without_a_target(plain):
    entry = ranked.named("rosenbrock", "", (), ())
    config, _ = ranked.on_problem(plain, entry, plain["optimizers"], timed=True)
    assert config.budget.target is None
    assert config.budget.forward_equivalents == 300
    assert config.budget.seconds == 600 != plain["budget"]["seconds"]
    assert config.tuning is not None
    assert config.tuning.criterion == "final_loss"
    assert [each.name for each in config.problems] == ["rosenbrock"]
    entry["target"] = {"loss": 0.1}
    config, _ = ranked.on_problem(plain, entry, plain["optimizers"], timed=True)
    assert config.tuning is not None
    assert config.tuning.criterion == "cost"


@pytest.mark.parametrize("text", ["rate", "rate=1", "rate=1:2:3", "rate=a:b"])
def test_a_range_is_two_numbers(text):
    with pytest.raises(ConfigError, match="write it as NAME=LOW:HIGH"):
        ranked.space([text])
    assert ranked.space(["rate=1e-4:1"]) == {"rate": {"low": 1e-4, "high": 1.0}}
