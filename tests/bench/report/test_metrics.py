"""Metrics in tables: best and final values, as NumPy and SciPy find them in traces."""

from dataclasses import replace
from math import inf, isnan

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from bench import load
from bench.core.metrics import metric
from bench.core.spec import Target
from bench.report import metrics
from bench.report.costs import trial_costs
from bench.report.groups import Results
from bench.report.summary import at_targets, summarize
from bench.report.tables.metrics import metric_table
from bench.report.tables.summary import Tables

from ..synthetic_run import RESOLUTION, Course, Racer, change, plan, write_run

COLUMNS = ("held_out_loss", "held_out_accuracy")
RACERS = [Racer("slow", 0.97), Racer("fast", 0.6), Racer("wild", 2.0)]
COURSES = [
    Course("net", target=0.95, steps=120, metrics=COLUMNS, on="held_out_accuracy"),
    Course("free", target=None, steps=120, metrics=COLUMNS),
    Course("bare", steps=50),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Seven seeds of three optimizers; one diverges, of another one trial failed."""
    folder = tmp_path_factory.mktemp("metrics")
    return write_run(folder, COURSES, RACERS, seeds=7, rounds=2)


@pytest.fixture(scope="module")
def results(folder):
    return Results(load(folder))


def of_trace(run, record, column, which):
    """Return a trial's best or final value from its trace alone."""
    values = run.trace(record.key)[column].dropna().to_numpy(float)
    if which == "final":
        ended_well = record.end != "diverged"
        worst = -inf if metric(column).higher_is_better else inf
        return values[-1] if ended_well else worst
    return values.max() if metric(column).higher_is_better else values.min()


def interval(numbers):
    """Return the lower median and the order statistics that SciPy's binomial gives."""
    ranked, count = np.sort(numbers), len(numbers)
    rank = int(stats.binom.ppf(0.025, count, 0.5))
    rank = max(1, rank if stats.binom.cdf(rank - 1, count, 0.5) <= 0.025 else rank - 1)
    return ranked[(count - 1) // 2], ranked[rank - 1], ranked[-rank]


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("which", metrics.WHICH)
def test_best_and_final_are_medians_over_seeds_of_what_the_traces_hold(
    results, column, which
):
    rows = summarize(results).set_index(["problem", "optimizer"])
    for group in results.groups:
        if group.problem == "bare":
            continue
        seeds = {}
        for record in group.records:
            value = of_trace(results.run, record, column, which)
            seeds.setdefault(record.spec.seed, []).append(value)
        numbers = [np.sort(rounds)[0] for rounds in seeds.values()]
        row = rows.loc[(group.problem, group.optimizer)]
        found = [row[f"{which}_{column}{end}"] for end in ("", "_low", "_high")]
        np.testing.assert_array_equal(found, interval(numbers))


def test_the_direction_decides_which_value_is_the_best(results):
    rows = summarize(results).set_index(["problem", "optimizer"])
    slow = rows.loc[("free", "slow")]
    # The loss overfits: its least value is not the last one; the accuracy only rises.
    assert slow["best_held_out_loss"] < slow["final_held_out_loss"]
    assert slow["best_held_out_loss_step"] == 100
    assert slow["best_held_out_accuracy"] == slow["final_held_out_accuracy"]
    wild = rows.loc[("free", "wild")]
    assert (wild["final_held_out_loss"], wild["final_held_out_accuracy"]) == (inf, -inf)
    start = 1 - 0.9 * 0.6 * 1.15  # of the fourth of seven seeds
    assert wild["best_held_out_accuracy"] == pytest.approx(start)
    assert isnan(rows.loc[("bare", "slow")]["best_held_out_accuracy"])


def test_a_metric_of_unknown_direction_has_a_final_value_alone(tmp_path):
    course = Course("net", target=None, steps=20, metrics=("held_out_loss",))
    folder = write_run(tmp_path, [course], RACERS[:1], seeds=2)
    for spec in plan(folder):
        own = {"first": 1.0, "final": 3.0, "best": None, "best_step": None}
        change(folder, spec.key, metrics={"held_out_score": own})
    records = load(folder).records
    assert metrics.is_rising("held_out_score", records) is None
    (row,) = summarize(Results(load(folder))).to_dict("records")
    assert (row["final_held_out_score"], row["final_held_out_score_low"]) == (3.0, 3.0)
    assert isnan(row["best_held_out_score"])
    stated = Target(metric="held_out_score", value=4.0, higher_is_better=True)
    for up in (True, False):
        target = replace(stated, higher_is_better=up)
        budget = replace(records[0].spec.budget, target=target)
        spec = replace(records[0].spec, budget=budget)
        aimed = [replace(records[0], spec=spec)]
        assert metrics.is_rising("held_out_score", aimed) is up


def test_the_table_has_few_columns_and_the_metric_of_the_target_first(results):
    tables = {table.title: table for table in Tables(results).all()}
    table = tables["net: metrics"]
    names = ["held-out accuracy", "held-out loss"]
    headings = [f"{which} {name}" for name in names for which in metrics.WHICH]
    assert list(table.columns) == ["optimizer", *headings]
    cells = {row[0]: row[1:] for row in table.rows}
    assert cells["fast"][0] == "0.9642 [0.9545, 0.971]"
    assert cells["wild"][1] == cells["wild"][3] == "none"
    assert "coverage 98.4 % with 7 seeds" in table.notes[1]
    assert "bare: metrics" not in tables
    many = [f"held_out_m{i}" for i in range(5)]
    rows = pd.DataFrame([{"optimizer": "a", "seeds": 1} | _known(many)])
    cut = metric_table("net", rows, many)
    assert len(cut.columns) == 7
    assert cut.notes[-1] == "2 more in summary.csv"


def _known(columns):
    names = [f"{which}_{column}" for column in columns for which in metrics.WHICH]
    return {f"{name}{end}": 0.5 for name in names for end in ("", "_low", "_high")}


def test_notes_state_the_target_of_a_metric_and_how_closely_it_was_sought(results):
    tables = {table.title.partition(",")[0]: table for table in Tables(results).all()}
    notes = tables["net"].notes
    assert "target: held-out accuracy >= 0.95" in notes
    assert any(f"up to {RESOLUTION} steps apart" in note for note in notes)
    assert tables["bare"].notes[0].startswith("target: loss 0.100001")
    assert not any("steps apart" in note for note in tables["bare"].notes)


def test_costs_to_a_metric_are_compared_as_those_to_a_loss(results):
    rows = at_targets(results).set_index(["problem", "optimizer"])
    fast = rows.loc[("net", "fast")]
    reached = [r.steps for r in results.run.records if _is(r, "net", "fast")]
    assert fast["steps"] == np.sort(reached)[(len(reached) - 1) // 2]
    assert (fast["target_metric"], fast["target_loss"]) == ("held_out_accuracy", 0.95)
    assert (fast["reached"], rows.loc[("net", "wild")]["reached"]) == (14, 0)
    assert rows.loc[("bare", "fast")]["target_metric"] == ""
    costs = trial_costs(results).set_index(["problem", "optimizer"])
    assert set(costs.loc[("net", "fast")]["target_metric"]) == {"held_out_accuracy"}
    assert set(costs.loc[("bare", "fast")]["target_metric"]) == {""}
    areas = Tables(results).findings["comparison"].query("dropped == ''")
    assert set(areas["problems"]) == {2}  # one with a metric, one with a loss
    pairs = Tables(results).findings["success"].to_dict("records")
    (row,) = (p for p in pairs if {p["optimizer"], p["rival"]} == {"fast", "wild"})
    counts = {row["optimizer"]: row["only_optimizer"], row["rival"]: row["only_rival"]}
    assert counts == {"fast": 14, "wild": 0}  # seven seeds of two problems


def _is(record, problem, label):
    return (record.spec.problem_label, record.spec.label) == (problem, label)
