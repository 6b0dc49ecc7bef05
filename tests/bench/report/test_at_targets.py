"""Several targets: what was spent at each, in every unit."""

import json
from math import inf

import pytest

from bench import load
from bench.report.at_targets import at_targets
from bench.report.tables.findings import tables

from ..synthetic_run import Course, Racer, write_run

CALLS = dict.fromkeys(("forward", "point", "jvp", "hvp", "hessian"), 0)


def reached(loss, steps, seconds):
    spent = {"steps": steps, "seconds": seconds}
    return {"loss": loss} | spent | {"readings": CALLS | {"gradient": steps}}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Two optimizers, three seeds; the slow one never reaches the second target."""
    folder = tmp_path_factory.mktemp("targets")
    racers = [Racer("quick", 0.5), Racer("slow", 0.9)]
    write_run(folder, [Course(steps=20)], racers, seeds=3)
    for path in sorted((folder / "trials").glob("*.json")):
        record = json.loads(path.read_text())
        seed, quick = record["seed"], record["label"] == "quick"
        last = reached(0.1, 10 + seed, 0.2) if quick else {"loss": 0.1}
        record["targets"] = [reached(0.5, 1 + seed, 0.1), last]
        record["examples"] = 100 * sum(record["readings"].values())
        path.write_text(json.dumps(record))
    return load(folder)


def test_each_target_has_its_costs_in_every_unit(run):
    table = at_targets(run).set_index(["optimizer", "target_loss"])
    near = table.loc[("quick", 0.1)]
    assert (near["steps"], near["steps_low"], near["steps_high"]) == (11, 10, 12)
    assert (near["gradient"], near["seconds"], near["reached"]) == (11, 0.2, 3)
    assert near["forward_equivalents"] == 11 * 2.5
    assert near["flops"] == 11 * 250
    assert near["examples"] == 1100
    assert table.loc[("slow", 0.5)]["steps"] == 2


def test_a_target_that_is_not_reached_costs_infinity_in_every_unit(run):
    never = at_targets(run).set_index(["optimizer", "target_loss"]).loc[("slow", 0.1)]
    assert never["reached"] == 0
    assert [never[unit] for unit in ("seconds", "gradient", "flops")] == [inf] * 3


def test_the_table_says_never(run):
    (table,) = tables({"targets": at_targets(run)})
    assert table.rows == (
        ("quick", "5, 100 ms", "27.5, 200 ms"),
        ("slow", "5, 100 ms", "never"),
    )
