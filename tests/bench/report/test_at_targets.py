"""Several targets: what was spent at each, in every unit."""

from math import inf, isnan

import pytest

from bench import load
from bench.core.at_target import AtTarget
from bench.report.groups import Results
from bench.report.summary import at_targets
from bench.report.tables.findings import finding_tables

from ..synthetic_run import Course, Racer, change, plan, write_run


def reached(loss, steps, seconds):
    return AtTarget(loss, steps, seconds, {"gradient": steps}, True)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Two optimizers, three seeds; the slow one never reaches the second target."""
    racers = [Racer("quick", 0.5), Racer("slow", 0.9)]
    folder = tmp_path_factory.mktemp("targets")
    write_run(folder, [Course(steps=20)], racers, seeds=3)
    for spec in plan(folder):
        last = {
            "quick": reached(0.1, 10 + spec.seed, 0.2),
            "slow": AtTarget(0.1),
        }
        first = reached(0.5, 1 + spec.seed, 0.1)
        change(folder, spec.key, targets=[first, last[spec.label]])
    return Results(load(folder))


def test_each_target_has_its_costs_in_every_unit(results):
    table = at_targets(results).set_index(["optimizer", "target_loss"])
    near = table.loc[("quick", 0.1)]
    assert (near["steps"], near["steps_low"], near["steps_high"]) == (11, 10, 12)
    assert (near["gradient"], near["seconds"], near["reached"]) == (11, 0.2, 3)
    assert near["forward_equivalents"] == 11 * 2.5
    assert near["flops"] == 11 * 250
    assert near["examples"] == 1100
    assert table.loc[("slow", 0.5)]["steps"] == 2


def test_a_target_that_is_not_reached_costs_infinity_in_every_unit(results):
    table = at_targets(results).set_index(["optimizer", "target_loss"])
    never = table.loc[("slow", 0.1)]
    assert never["reached"] == 0
    units = ("seconds", "gradient", "forward_equivalents", "flops", "examples")
    assert [never[unit] for unit in units] == [inf] * 5


def test_a_trial_that_died_before_its_targets_reached_none_of_them(results, tmp_path):
    folder = write_run(tmp_path, [Course()], [Racer("quick", 0.5)], seeds=3)
    first, *_ = plan(folder)
    change(folder, first.key, end="failed", targets=[], steps_to_target=None)
    (row,) = at_targets(Results(load(folder))).to_dict("records")
    assert (row["trials"], row["reached"]) == (3, 2)
    assert row["steps"] < row["steps_high"] == inf


def test_without_prices_the_priced_units_are_not_known(tmp_path):
    folder = write_run(tmp_path, [Course()], [Racer("quick", 0.5)], priced=False)
    (row,) = at_targets(Results(load(folder))).to_dict("records")
    assert isnan(row["forward_equivalents"])
    assert isnan(row["flops"])
    assert row["gradient"] > 0


def test_the_table_says_never(results):
    (table,) = finding_tables({"targets": at_targets(results)})
    assert table.rows == (
        ("quick", "5, 100 ms", "27.5, 200 ms"),
        ("slow", "5, 100 ms", "never"),
    )
