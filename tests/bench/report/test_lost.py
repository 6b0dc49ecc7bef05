"""The cost of a lost trial is unknown, and not infinite, in every statistic."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from bench.report.compare.formats import markdown_text
from bench.report.compare.runs import compare_runs
from bench.report.comparison import compare_optimizers, cost_tables, success
from bench.report.groups import Results
from bench.report.plots import scene
from bench.report.prices import contests, predict
from bench.report.summary import at_targets, summarize
from bench.report.tables.summary import Tables
from bench.store.run import load

from ..synthetic_run import Course, Racer, change, key_of, write_run

BOWL = Course(steps=100)
FAST = Racer("fast", 0.5, calls={"forward": 3, "gradient": 1})
SLOW = Racer("slow", 0.8)
RACERS = [FAST, SLOW]
LOST = 2
"""The seed whose trial of `fast` is lost."""
HALF = {"steps_to_target": None, "seconds_to_target": None, "readings_to_target": None}


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory):
    """Return the folder of a run of eight seeds with a lost trial."""
    whole = write_run(tmp_path_factory.mktemp("run"), [BOWL], RACERS, seeds=8)
    key = key_of(BOWL, FAST, LOST)
    reason = "no progress after 3 steps in 102 s, with 0.1 s of CPU time"
    change(whole, key, end="lost", reason=reason, interruptions=2, **HALF)
    return whole


def without(results):
    """Return the results as if the lost trial had never been planned."""
    run, key = results.run, key_of(BOWL, FAST, LOST)
    kept = tuple(record for record in run.records if record.key != key)
    planned = [spec for spec in run.planned if spec.key != key]
    record = replace(run.record, planned=planned)
    return Results(replace(run, records=kept, record=record))


@pytest.fixture(scope="module")
def results(folder_of):
    return Results(load(folder_of))


def test_its_cost_is_unknown(results):
    (record,) = (r for r in results.run.records if r.is_lost)
    assert np.isnan(record.cost_to_target("steps", {}))


def test_a_summary_counts_it_and_leaves_its_numbers_out(results):
    rows = summarize(results).set_index("optimizer")
    others = summarize(without(results)).set_index("optimizer")
    assert rows.loc["fast", "ends"] == "lost 1, target 7"
    assert rows.loc["fast", "reason"].startswith("no progress after 3 steps")
    assert list(rows.lost) == [1, 0]
    counts = ["trials", "finished", "ends", "reason", "lost"]
    pd.testing.assert_frame_equal(
        rows.drop(columns=counts), others.drop(columns=counts)
    )


@pytest.mark.parametrize("find", [at_targets, compare_optimizers, success, predict])
def test_every_finding_is_as_if_it_had_not_been_planned(results, find):
    pd.testing.assert_frame_equal(find(results), find(without(results)))


def test_its_cost_in_a_table_of_costs_is_nan(results):
    for table in cost_tables(results).values():
        fast = table.optimizers.index("fast")
        assert np.isnan(table.costs[0, fast, LOST])
        assert np.isfinite(np.delete(table.costs[0, fast], LOST)).all()
    for contest in contests(results):
        fast = contest.optimizers.index("fast")
        assert np.isfinite(contest.costs(contest.price)).all()
        assert np.isnan(contest.gradients[fast, LOST])


def test_no_curve_of_it_is_drawn_and_the_title_says_so(results):
    ((problem, pairs),) = scene.by_problem(results).items()
    drawn = scene.scene(results, pairs)
    assert problem == drawn.problem
    assert [len(line.curves["seconds"]) for line in drawn.lines] == [7, 8]
    assert drawn.where.endswith(", 1 lost trial left out")


def test_one_line_states_how_many_are_left_out(results):
    line = "1 lost trial left out of all statistics, costs unknown: fast on bowl 1"
    tables = Tables(results)
    assert tables.short().count(line) == 1
    assert tables.texts()["summary.md"].count(line) == 1


def test_it_is_not_compared_with_the_same_trial_of_another_run(folder_of, tmp_path):
    other = write_run(tmp_path, [BOWL], RACERS, seeds=8)
    for a, b in pairwise([folder_of, other, folder_of]):
        report = compare_runs(a, b)
        assert not report.worse
        lost = "A" if a is folder_of else "B"
        assert f"lost trials in {lost}, not compared: 1" in markdown_text(report)
        assert "the same: 15 of 15 pairs" in markdown_text(report)


def test_disturbed_clocks_are_counted_in_one_line(tmp_path):
    folder = write_run(tmp_path, [BOWL], RACERS, seeds=3)
    for seed, load_after in enumerate((0.05, 0.11, 1.9)):
        change(folder, key_of(BOWL, FAST, seed), others_after=load_after)
    change(folder, key_of(BOWL, SLOW, 0), interruptions=1)
    results = Results(load(folder))
    assert list(summarize(results).disturbed) == [2, 0]
    text = Tables(results).short()
    assert (
        "2 of 3 trials were timed while other processes used more than 10 % of a "
        "processor, which may lengthen their seconds: fast on bowl 2." in text
    )
    assert "1 trial interrupted and run again: slow on bowl 1." in text


def test_trials_beside_other_workers_are_counted_in_one_line(tmp_path):
    folder = write_run(tmp_path, [BOWL], RACERS, seeds=3)
    for seed, beside in enumerate((0, 1, 3)):
        key = key_of(BOWL, FAST, seed)
        change(folder, key, beside=beside, others_after=0.0)
    text = Tables(Results(load(folder))).short()
    assert (
        "2 of 3 trials were timed on one machine by up to 4 workers side by side, "
        "which lengthen each other's seconds: trust calls, or run with one worker"
        in text
    )
