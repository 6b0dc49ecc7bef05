"""Trial groups: what belongs together, what it is called, what of it is missing."""

import pandas as pd
import pytest

from bench.core.costs import COSTS
from bench.core.spec import Batch
from bench.report.comparison import cost_tables
from bench.report.groups import Results, settings
from bench.store.run import load

from ..synthetic_run import (
    BATCH_RATIOS,
    EXAMPLES,
    FORWARD_SECONDS,
    RATIOS,
    Course,
    Racer,
    key_of,
    remove,
    spec_of,
    write_plan,
    write_run,
    write_trial,
)
from .races import BOWLS, FEW, MANY

BATCHED = Course("valley", target=1e-3, batch=Batch(8))
GRID = [Racer("adam", r, settings={"rate": r, "b1": 0.9}) for r in (0.5, 0.9)]


def results_of(folder, *args, **more):
    return Results(load(write_run(folder, *args, **more)))


def names(results):
    return [(group.problem, group.optimizer) for group in results.groups]


def test_groups_stand_in_planned_order_with_the_seeds_and_rounds_of_each(tmp_path):
    results = results_of(tmp_path, BOWLS, [MANY, FEW], seeds=2, rounds=3)
    assert names(results) == [
        ("bowl", "many"),
        ("bowl", "few"),
        ("valley", "many"),
        ("valley", "few"),
    ]
    for group in results.groups:
        turns = {(r.spec.seed, r.spec.round) for r in group.records}
        assert turns == {(seed, turn) for seed in range(2) for turn in range(3)}
        assert group.missing == 0


def test_a_missing_trial_is_shown_from_its_planned_spec(tmp_path):
    folder = write_run(tmp_path, BOWLS[:1], [FEW, *GRID], seeds=3)
    for seed in range(3):
        remove(folder, key_of(BOWLS[0], GRID[1], seed))
    remove(folder, key_of(BOWLS[0], FEW, 2))
    few, half, nine = Results(load(folder)).groups
    assert (len(few.records), few.missing) == (2, 1)
    assert (len(half.records), half.missing) == (3, 0)
    assert (nine.problem, nine.optimizer) == ("bowl", "adam rate=0.9")
    assert (nine.records, nine.missing) == ((), 3)
    assert nine.spec == spec_of(BOWLS[0], GRID[1], 0)
    assert settings(nine.spec) == {"rate": 0.9, "b1": 0.9}


def test_a_run_that_was_only_planned_has_its_groups(tmp_path):
    write_plan(tmp_path, [spec_of(BOWLS[0], FEW, seed) for seed in range(4)])
    results = Results(load(tmp_path))
    (group,) = results.groups
    assert (group.problem, group.optimizer, group.missing) == ("bowl", "few", 4)
    assert results.with_target == set()


def test_trials_of_another_plan_are_in_no_group(tmp_path):
    folder = write_run(tmp_path, BOWLS[:1], [FEW], seeds=1)
    write_trial(folder, Course(steps=3), FEW, 0)
    (group,) = Results(load(folder)).groups
    assert [r.key for r in group.records] == [key_of(BOWLS[0], FEW, 0)]


def test_a_problem_that_repeats_is_told_apart_by_what_differs(tmp_path):
    courses = [Course("bowl"), Course("bowl", dtype="float64")]
    results = results_of(tmp_path, courses, [FEW], seeds=1)
    problems = [group.problem for group in results.groups]
    assert problems == ["bowl dtype=float32", "bowl dtype=float64"]


def test_the_parts_are_all_examples_and_batches(tmp_path):
    results = results_of(tmp_path, [BOWLS[0], BATCHED], [FEW, MANY], seeds=1)
    parts = {name: names(part) for name, part in results.parts.items()}
    assert parts == {
        "all examples": [("bowl", "few"), ("bowl", "many")],
        "batches": [("valley", "few"), ("valley", "many")],
    }


@pytest.mark.parametrize("course", [BOWLS[0], BATCHED])
def test_one_kind_alone_is_one_part_without_a_name(tmp_path, course):
    results = results_of(tmp_path, [course], [FEW], seeds=1)
    assert results.parts == {"": results}


def test_prices_are_of_the_problem_and_of_the_examples_of_a_call(tmp_path):
    results = results_of(tmp_path, [BOWLS[0], BATCHED], [FEW], seeds=1)
    whole, batched = results.groups
    assert results.prices(whole) == RATIOS
    seconds = results.prices(whole, "seconds")
    expected = {kind: FORWARD_SECONDS * ratio for kind, ratio in RATIOS.items()}
    assert seconds == pytest.approx(expected)
    assert results.prices(whole, "bytes") == {}  # no call has any
    assert results.prices(batched) == BATCH_RATIOS
    assert results.passes == {"bowl": [None], "valley": [8]}
    assert settings(batched.spec) == {"batch": 8}
    assert batched.spec.problem.settings == {"rows": EXAMPLES}


@pytest.mark.parametrize("cost", COSTS)
def test_a_unit_of_cost_has_the_prices_of_its_column(tmp_path, cost):
    results = results_of(tmp_path, [BOWLS[0], BATCHED], [FEW], seeds=1)
    whole, batched = results.groups
    column = COSTS[cost].priced
    expected = results.prices(whole, column) if column else {}
    assert results.unit_prices(whole, cost) == expected
    assert bool(expected) is (cost in ("forward_equivalents", "flops"))
    own = results.prices(batched, column) if column else {}
    assert results.unit_prices(batched, cost) == own
    assert (own == expected) is (own == {})


def test_without_prices_of_the_batch_those_of_all_examples_do_not_stand_in(tmp_path):
    courses = [Course("valley", target=1e-3), BATCHED]
    results = results_of(tmp_path, courses, [FEW], seeds=1)
    prices = pd.read_csv(tmp_path / "prices.csv")
    assert list(prices["batch"].fillna(0).unique()) == [0, 8]
    old = prices[prices["batch"].isna()].drop(columns="batch")  # of an earlier version
    old.to_csv(tmp_path / "prices.csv", index=False)
    earlier = Results(load(tmp_path))
    assert [earlier.prices(group) for group in earlier.groups] == [RATIOS, {}]
    assert [results.prices(group) for group in results.groups] == [RATIOS, BATCH_RATIOS]


def test_without_prices_nothing_is_known(tmp_path):
    results = results_of(tmp_path, BOWLS[:1], [FEW], seeds=1, priced=False)
    assert results.prices(results.groups[0]) == {}


def test_tuned_and_untuned_are_twins_by_their_specs_and_not_by_their_labels(tmp_path):
    racers = [
        Racer("few", 0.5, family="few", tuned=True),
        Racer("few, untuned", 0.9, family="few", tuned=False),
        Racer("many, untuned", 0.7),  # what a user calls it
        MANY,
    ]
    table = cost_tables(results_of(tmp_path, BOWLS, racers, seeds=1))["seconds"]
    assert table.optimizers == ("few", "few, untuned", "many, untuned", "many")
    assert table.families == ("few", "few", "many, untuned", "many")
    assert table.tuned == (True, False, None, None)
