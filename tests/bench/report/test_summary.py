import json
from math import inf, isnan

import pytest

from bench.report.summary import summarize
from bench.report.tables import write as tables
from bench.store.run import load

from ..synthetic_run import RATIOS, Course, Racer, key_of, write_run, write_trial

BOWL = Course(steps=100)
FAST = Racer("fast", 0.5, calls={"forward": 3, "gradient": 1})
SLOW = Racer("slow", 0.999)
WILD = Racer("wild", 2.0)


def rows(folder):
    return {row["optimizer"]: row for row in summarize(load(folder)).to_dict("records")}


def change(folder, key, **values):
    path = folder / "trials" / f"{key}.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


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
    keys = [write_trial(folder, BOWL, FAST, 1, turn) for turn in range(1, 6)]
    config = json.loads((folder / "run.json").read_text())
    config["trials"] += keys
    (folder / "run.json").write_text(json.dumps(config))
    row = rows(folder)["fast"]
    assert (row["trials"], row["seeds"], row["coverage"]) == (7, 2, 0.5)


def test_every_planned_trial_is_counted(tmp_path):
    folder = write_run(tmp_path, [BOWL], [FAST, SLOW, WILD])
    for racer, seeds in ((FAST, (1,)), (SLOW, (0, 1, 2))):
        for seed in seeds:
            for suffix in (".json", ".csv"):
                (folder / "trials" / (key_of(BOWL, racer, seed) + suffix)).unlink()
    change(folder, key_of(BOWL, WILD, 0), end="failed", reason="ran out of memory")
    found = rows(folder)
    assert found["fast"]["ends"] == "missing 1, target 2"
    assert found["slow"]["ends"] == "missing 3"
    assert found["slow"]["problem"] == "bowl"
    assert found["wild"]["ends"] == "diverged 2, failed 1"
    assert found["wild"]["reason"] == "ran out of memory"
    assert sum(row["trials"] for row in found.values()) == 9


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
    assert "trials of another plan left out: 1" in tables.write(folder)


def test_a_grid_is_told_apart_by_what_differs(tmp_path):
    racers = [
        Racer("adam", rate, settings={"learning_rate": rate, "b1": 0.9})
        for rate in (0.5, 0.9)
    ]
    found = rows(write_run(tmp_path, [BOWL], racers))
    assert set(found) == {"adam learning_rate=0.5", "adam learning_rate=0.9"}
    assert {row["family"] for row in found.values()} == {"adam"}


def test_without_a_target_nothing_was_to_be_reached(tmp_path):
    row = rows(write_run(tmp_path, [Course(target=None)], [FAST]))["fast"]
    assert isnan(row["seconds_to_target"])
    assert isnan(row["target_loss"])
