"""Costs from the file of all costs are those from the records."""

import numpy as np
import pytest

from bench.core.at_target import AtTarget
from bench.core.spec import Batch
from bench.report.classes import divisions as of_results
from bench.report.comparison import COMPARED, cost_tables
from bench.report.costs import trial_costs
from bench.report.groups import Results
from bench.report.ranking.rows import cost_table, divisions, parts
from bench.store.run import load

from ...synthetic_run import (
    Course,
    Racer,
    change,
    key_of,
    write_plan,
    write_prices,
    write_run,
    write_trial,
)

COURSES = [
    Course("bowl", steps=100, kind="round"),
    Course("valley", optimum=None, target=1e-3, steps=100, kind="round"),
    Course("ridge", steps=100, kind="sharp"),
    Course("edge", steps=100, kind="sharp"),
    Course("noise", steps=100, batch=Batch(32)),
    Course("haze", steps=100, batch=Batch(32)),
]
NEWTON = Racer("newton", 0.1, calls={"gradient": 1, "hessian": 1})  # no known price
RACERS = [
    Racer("lr", 0.6, settings={"rate": 1.0}, tuned=True, draw_seeds=(0,)),
    Racer("lr", 0.9, settings={"rate": 2.0}, tuned=True, draw_seeds=(1,)),
    Racer("lr, untuned", 0.99, family="lr", tuned=False),
    Racer("few", 0.5, calls={"forward": 8, "gradient": 1}),
    NEWTON,
]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two rounds, two targets, one optimizer tuned twice, one skipped once."""
    folder = write_run(tmp_path_factory.mktemp("run"), COURSES, RACERS, 4, rounds=2)
    for record in load(folder).records:
        easy = AtTarget(0.3, 2, 1e-5 * (1 + record.spec.seed), {"gradient": 2})
        change(folder, record.key, targets=[easy, *record.targets])
    for seed in range(4):
        for round in range(2):
            key = key_of(COURSES[1], NEWTON, seed, round)
            change(folder, key, end="skipped", steps_to_target=None, targets=[])
    return Results(load(folder))


def same(one, other):
    for name in ("problems", "optimizers", "families", "tuned", "draw_seeds", "seeds"):
        assert getattr(one, name) == getattr(other, name)
    np.testing.assert_array_equal(one.by_draw, other.by_draw)


@pytest.mark.parametrize("target", [1, 2])
@pytest.mark.parametrize("unit", COMPARED)
def test_a_table_is_that_of_the_records(results, unit, target):
    rows = parts(trial_costs(results))
    assert rows.keys() == results.parts.keys()
    for part, of_part in results.parts.items():
        known = cost_tables(of_part, target)[unit]
        same(cost_table(rows[part], unit, target), known)


def test_divisions_are_those_of_the_records(results):
    ours = list(divisions(trial_costs(results)))
    theirs = list(of_results(results))
    assert [one[:3] for one in ours] == [one[:3] for one in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert set(one.rows["problem"]) == other.results.with_target
    assert {one.problem_class for one in ours} == {"", "round", "sharp"}


def test_batches_of_several_sizes_have_no_common_unit(tmp_path):
    small, large, ridge = (
        Course(label, target=1e-3, batch=Batch(size))
        for label, size in (("valley", 8), ("valley", 16), ("ridge", 8))
    )
    few, many = Racer("few", 0.5), Racer("many", 0.8)
    pairs = ((small, few), (large, many), (ridge, few), (ridge, many))
    records = [write_trial(tmp_path, *pair, seed) for pair in pairs for seed in (0, 1)]
    write_plan(tmp_path, [record.spec for record in records])
    write_prices(tmp_path)
    results = Results(load(tmp_path))
    for unit in ("gradient", "forward_equivalents"):
        same(cost_table(trial_costs(results), unit), cost_tables(results)[unit])
    assert cost_table(trial_costs(results), "flops").problems == ("valley", "ridge")
