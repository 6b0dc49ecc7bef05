"""Tuning as a whole: on a problem whose best learning rate is known by formula."""

import re
from functools import partial

import pytest

from bench import experiment, load
from bench.cli import main
from bench.config.plan import Plan
from bench.config.read import checked
from bench.config.schema import TuningTable
from bench.core.errors import StoreError
from bench.core.readings import nominal_prices
from bench.measurement.budget import UNLIMITED
from bench.measurement.runtime import Runtime
from bench.store.trials import load_tuning
from bench.tune.search import outcome, search
from bench.tune.sweep import bounds, try_settings

CONFIG = """
name = "tuned"
seeds = 2
[budget]
steps = 60
target = { suboptimality = 1e-6 }
[tuning]
budget = 60
unit = "gradient"
trials = 8
[[problems]]
name = "quadratic"
spectrum = [1.0, 9.0]
[[optimizers]]
name = "sgd"
space = { learning_rate = { low = 1e-3, high = 0.1 } }
[[optimizers]]
name = "momentum"
learning_rate = 0.1
space = {}
"""
BEST = 2 / (1.0 + 9.0)
"""Of gradient descent between two eigenvalues."""


@pytest.fixture(scope="module")
def tuned(tmp_path_factory, without_workers):
    folder = tmp_path_factory.mktemp("tuned")
    (folder / "tuned.toml").write_text(CONFIG)
    assert main(["run", str(folder / "tuned.toml"), "--out", str(folder / "run")]) == 0
    return load(folder / "run")


def test_the_best_learning_rate_is_found_beyond_the_edge_of_its_range(tuned):
    rates = tuned.trials.set_index("label")["optimizer.settings.learning_rate"]
    assert rates["sgd"].nunique() == 1
    assert rates["sgd"].iloc[0] == pytest.approx(BEST, rel=0.35)
    assert rates["sgd, untuned"].iloc[0] == pytest.approx(0.01)


def test_untuned_trials_stand_beside_and_what_has_no_space_is_run_as_it_is(tuned):
    assert set(tuned.trials["label"]) == {"sgd", "sgd, untuned", "momentum"}
    assert len(tuned.trials) == 6


def test_a_trial_that_is_scored_by_its_cost_goes_no_further_than_its_target(tuned):
    (record,) = [r for r in load_tuning(tuned.folder) if r.label == "sgd"]
    best = record.scores[record.winner]["choose"]
    assert {row["end"] for row in best} == {"target"}
    assert all(row["cost"] < record.table["budget"] for row in best)


def test_tuning_is_kept_and_done_once(tuned, capsys):
    config = tuned.folder.parent / "tuned.toml"
    assert main(["run", str(config), "--out", str(tuned.folder)]) == 0
    assert "tuning" not in capsys.readouterr().err


def test_an_experiment_chooses_the_same_and_again_with_another_draw_seed(tuned):
    run = experiment(CONFIG, "tuning.draw_seeds=2", "seeds=1")
    (there,) = load_tuning(tuned.folder)
    here, again = run.tuned
    assert (here.settings, here.winner) == (there.settings, there.winner)
    assert (here.draw_seed, again.draw_seed) == (0, 1)
    assert again.settings[1:] != here.settings[1:]
    assert again.settings[0] == here.settings[0] == {"learning_rate": 0.01}  # untuned
    sgd = [spec for spec in run.planned if spec.tuned]
    assert [spec.draw_seeds for spec in sgd] == [(0,), (1,)]
    assert [spec.optimizer.settings for spec in sgd] == [here.chosen, again.chosen]
    assert set(run.trials["label"]) == {"sgd", "sgd, untuned", "momentum"}
    assert sorted(map(list, run.trials["draw_seeds"])) == [[], [], [0], [1]]


def test_bounds_let_a_trial_spend_its_budget_and_not_a_dear_call_more():
    prices = nominal_prices(100, 10**9)
    steps, calls = bounds(TuningTable(budget=300.0), prices)
    assert steps == calls["gradient"] == 100
    assert calls["hessian"] == 1
    assert calls["ray"] == UNLIMITED
    assert bounds(TuningTable(budget=7.0, unit="hvp"), prices) == (10_000, {"hvp": 7})


DEAR = """
name = "dear"
optimizers = [{ name = "trust_region_step", radius = 1.0 }]
[budget]
steps = 3
target = { suboptimality = 1e-6 }
[tuning]
budget = BUDGET
trials = 2
refine = 0
seeds = 1
score_seeds = 1
[[problems]]
name = "quadratic"
spectrum = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
"""


@pytest.mark.parametrize(("budget", "paid"), [(60, True), (40, False)])
def test_what_cannot_pay_for_one_step_is_not_tuned(budget, paid):
    """A step takes a Hessian, 6 forward passes for each of 8 parameters, and more."""
    (task,) = Plan(checked(DEAR.replace("BUDGET", str(budget))), "cpu").tasks
    record = search(task, partial(try_settings, Runtime(), task.spec, task.table))
    assert (record.chosen is not None) == paid
    words = "one step costs 5[0-9] forward_equivalents .* budget of a setting, 40"
    assert bool(re.match(words, record.reason)) != paid


SPOILT = {"{": "not JSON: ", "[]": "not a JSON object", "{}": "no 'key'"}


@pytest.mark.parametrize("text", SPOILT)
def test_a_spoilt_choice_is_one_line(tmp_path, text):
    (tmp_path / "tuning").mkdir()
    (tmp_path / "tuning" / "a.json").write_text(text)
    with pytest.raises(StoreError, match=rf"a\.json: {SPOILT[text]}"):
        load_tuning(tmp_path)


def test_trials_that_run_together_choose_the_same_and_state_their_memory(
    tuned, monkeypatch
):
    monkeypatch.setattr("bench.measurement.sweep.choice", lambda member: "vmap")
    run = experiment(CONFIG, "seeds=1")
    (there,), (here,) = load_tuning(tuned.folder), run.tuned
    assert there.fits == []
    assert (here.settings[0], here.winner) == (there.settings[0], there.winner)
    rates = ([s["learning_rate"] for s in own.settings] for own in (here, there))
    assert next(rates) == pytest.approx(next(rates), rel=1e-3)
    table = there.table
    trials = len(table["seeds"]) + len(table["score_seeds"])
    assert sum(fit.trials for fit in here.fits) == trials * len(here.settings)
    assert all(fit.together == fit.trials for fit in here.fits)
    most = max(here.fits, key=lambda fit: fit.bytes)
    assert outcome(here).endswith(f" settings; {most}")
