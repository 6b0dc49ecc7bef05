"""The summary: what counts as never, as unknown, as missing, as left out."""

from math import inf, isnan

import pytest

from bench.report import summary
from bench.report.groups import Results
from bench.report.summary import summarize
from bench.report.tables.summary import write
from bench.store.run import load

from ..synthetic_run import (
    RATIOS,
    Course,
    Racer,
    change,
    key_of,
    plan,
    remove,
    spec_of,
    write_plan,
    write_run,
    write_trial,
)

BOWL = Course(steps=100)
FAST = Racer("fast", 0.5, calls={"forward": 3, "gradient": 1})
SLOW = Racer("slow", 0.999)
WILD = Racer("wild", 2.0)


def rows(folder):
    summary = summarize(Results(load(folder)))
    return {row["optimizer"]: row for row in summary.to_dict("records")}


def test_costs_to_the_target_are_medians_over_seeds(tmp_path):
    folder = write_run(tmp_path, [BOWL], [FAST, SLOW, WILD])
    fast = load(folder).trials.query("label == 'fast'")
    row = rows(folder)["fast"]
    assert row["seconds_to_target"] == fast["seconds_to_target"].median()
    assert row["seconds_to_target_low"] == fast["seconds_to_target"].min()
    assert row["seconds_to_target_high"] == fast["seconds_to_target"].max()
    steps = fast["steps_to_target"].median()
    assert row["gradient_to_target"] == steps
    assert row["forward_to_target"] == 3 * steps
    expected = steps * (3 * RATIOS["forward"] + RATIOS["gradient"])
    assert row["forward_equivalents_to_target"] == pytest.approx(expected)
    assert row["coverage"] == 0.75


def test_a_unit_that_is_added_is_counted_at_its_own_prices(tmp_path, monkeypatch):
    monkeypatch.setattr(summary, "TO_TARGET", ("flops", "forward_equivalents"))
    row = rows(write_run(tmp_path, [BOWL], [FAST]))["fast"]
    equivalents = row["forward_equivalents_to_target"]
    assert row["flops_to_target"] == pytest.approx(100 * equivalents)


def test_who_never_arrives_costs_infinity_and_keeps_its_losses(tmp_path):
    row = rows(write_run(tmp_path, [BOWL], [FAST, SLOW]))["slow"]
    assert (row["ends"], row["reached"]) == ("budget 3", 0)
    assert row["seconds_to_target"] == row["forward_equivalents_to_target"] == inf
    gap = 0.6 * 0.999**100 * 1.05
    assert row["final_suboptimality"] == pytest.approx(gap)
    assert row["steps_per_second"] == pytest.approx(1e5 / 1.07)


def test_a_call_without_a_price_is_not_for_free(tmp_path):
    newton = Racer("newton", 0.1, calls={"gradient": 1, "hessian": 1})
    row = rows(write_run(tmp_path, [BOWL], [newton]))["newton"]
    assert row["gradient_to_target"] < inf
    assert isnan(row["forward_equivalents_to_target"])


def test_rounds_of_a_seed_count_as_one_seed(tmp_path):
    folder = write_run(tmp_path, [BOWL], [FAST], seeds=2)
    more = [write_trial(folder, BOWL, FAST, 1, turn).spec for turn in range(1, 6)]
    write_plan(folder, [*plan(folder), *more])
    row = rows(folder)["fast"]
    assert (row["trials"], row["seeds"], row["coverage"]) == (7, 2, 0.5)


def test_every_planned_trial_is_counted(tmp_path):
    folder = write_run(tmp_path, [BOWL], [FAST, SLOW, WILD])
    for racer, seeds in ((FAST, (1,)), (SLOW, (0, 1, 2))):
        for seed in seeds:
            remove(folder, key_of(BOWL, racer, seed))
    change(folder, key_of(BOWL, WILD, 0), end="failed", reason="ran out of memory")
    by_name = rows(folder)
    assert by_name["fast"]["ends"] == "missing 1, target 2"
    assert by_name["slow"]["ends"] == "missing 3"
    assert by_name["slow"]["problem"] == "bowl"
    assert by_name["wild"]["ends"] == "diverged 2, failed 1"
    assert by_name["wild"]["reason"] == "ran out of memory"
    assert sum(row["trials"] for row in by_name.values()) == 9


def test_a_trial_that_died_before_it_knew_its_target_did_not_reach_it(tmp_path):
    folder = write_run(tmp_path, [BOWL], [FAST])
    for seed in (0, 1):
        change(
            folder,
            key_of(BOWL, FAST, seed),
            end="failed",
            target_loss=None,
            steps_to_target=None,
        )
    assert rows(folder)["fast"]["seconds_to_target"] == inf


def test_trials_of_an_earlier_plan_are_left_out(tmp_path):
    folder = write_run(tmp_path, [BOWL], [FAST])
    write_trial(folder, Course(steps=3), FAST, 0)
    assert len(load(folder).trials) == 4
    assert rows(folder)["fast"]["trials"] == 3
    assert "trials of another plan left out: 1" in write(folder)


def test_a_grid_is_told_apart_by_what_differs(tmp_path):
    racers = [
        Racer("adam", rate, settings={"learning_rate": rate, "b1": 0.9})
        for rate in (0.5, 0.9)
    ]
    by_name = rows(write_run(tmp_path, [BOWL], racers))
    assert set(by_name) == {"adam learning_rate=0.5", "adam learning_rate=0.9"}
    assert {row["family"] for row in by_name.values()} == {"adam"}


def test_without_a_target_nothing_was_to_be_reached(tmp_path):
    row = rows(write_run(tmp_path, [Course(target=None)], [FAST]))["fast"]
    assert isnan(row["seconds_to_target"])
    assert isnan(row["target_loss"])


def test_calls_and_seconds_that_were_spent_are_medians_over_seeds(tmp_path):
    row = rows(write_run(tmp_path, [Course(target=None, steps=100)], [FAST]))["fast"]
    assert (row["steps"], row["gradient_spent"], row["forward_spent"]) == (
        100,
        100,
        300,
    )
    assert row["hessian_spent"] == 0
    assert row["seconds"] == pytest.approx(100 * 1e-5 * 1.07)


def test_what_is_missing_altogether_has_a_row_without_numbers(tmp_path):
    write_plan(tmp_path, [spec_of(BOWL, FAST, seed) for seed in range(3)])
    row = rows(tmp_path)["fast"]
    assert (row["ends"], row["trials"], row["finished"]) == ("missing 3", 3, 0)
    assert (row["problem"], row["family"], row["dtype"]) == ("bowl", "fast", "float32")
    assert isnan(row["final_loss"])
    assert isnan(row["seconds_to_target"])
