"""Several runs side by side: what they share, told apart by a run's name."""

from dataclasses import replace

import pytest

from bench.core.errors import RunError
from bench.report.groups import Results
from bench.report.summary import summarize
from bench.store import landscapes
from bench.store.beside import side_by_side
from bench.store.folder import add_facts
from bench.store.names import folder_names
from bench.store.run import load

from ..synthetic_run import Course, Racer, plan, write_run

BOWL, VALLEY, HILL = (Course(name) for name in ("bowl", "valley", "hill"))
FAST, SLOW = Racer("fast", 0.5), Racer("slow", 0.9)
ALPHA, BETA = ({"machine": {"host": host}} for host in ("alpha", "beta"))


def both(tmp_path, **of_b):
    a = write_run(tmp_path / "a", [BOWL, VALLEY], [FAST, SLOW], seeds=2, **ALPHA)
    given = {"courses": [BOWL, HILL], "racers": [FAST], "seeds": 3, **ALPHA}
    return a, write_run(tmp_path / "b", **{**given, **of_b})


def test_rows_are_those_of_each_run_with_its_name(tmp_path):
    a, b = both(tmp_path)
    beside = side_by_side([a, b])
    rows = summarize(Results(beside.run)).set_index("optimizer")
    assert set(rows["problem"]) == {"bowl"}
    assert list(rows.index) == ["fast (a)", "slow (a)", "fast (b)"]
    for name, folder in (("a", a), ("b", b)):
        own = summarize(Results(load(folder))).query("problem == 'bowl'")
        own = own.set_index("optimizer").loc["fast"]
        for column in ("seconds_to_target", "forward_equivalents_to_target", "seeds"):
            assert rows.loc[f"fast ({name})", column] == own[column]
    assert beside.notes == [
        "only in a, not shown: valley",
        "only in b, not shown: hill",
    ]
    trace = beside.run.trace(beside.run.records[0].key)
    assert len(trace) > 1


def test_seconds_of_two_hosts_are_told_apart(tmp_path):
    run = side_by_side(both(tmp_path, **BETA)).run
    assert {host: len(own.records) for host, own in run.by_host.items()} == {
        "alpha": 4,
        "beta": 3,
    }
    assert summarize(Results(run))["seconds_to_target"].isna().all()


def test_a_problem_with_other_settings_is_not_shared(tmp_path):
    a, b = both(tmp_path, courses=[replace(BOWL, dtype="float64"), HILL])
    with pytest.raises(RunError, match="no problem with the same settings is in two"):
        side_by_side([a, b])


def test_other_targets_are_said(tmp_path):
    a, b = both(tmp_path, courses=[replace(BOWL, target=1e-3)])
    (note,) = [n for n in side_by_side([a, b]).notes if "targets" in n]
    assert note.startswith("bowl: the targets differ: loss <= 0.1")


def test_names_are_as_short_as_they_can_be(tmp_path):
    folders = [tmp_path / "x" / "run", tmp_path / "y" / "run", tmp_path / "z"]
    assert folder_names(folders[::2]) == ["run", "z"]
    assert folder_names(folders) == ["x/run", "y/run", f"{tmp_path.name}/z"]


def test_facts_and_landscapes_are_those_of_the_first_run_that_has_them(tmp_path):
    a, b = both(tmp_path, courses=[BOWL, VALLEY])
    for folder, own in ((a, {"parameters": 3}), (b, {"parameters": 4})):
        for spec in plan(folder):
            if (folder, spec.problem_label) != (a, "valley"):
                add_facts(folder, spec, own)
    grid = {"x1": [0.0, 1.0], "x2": [0.0, 1.0], "minimisers": []}
    for folder, loss in ((b, 5.0), (a, 7.0)):
        landscapes.add(folder, "bowl", grid | {"loss": [[loss] * 2] * 2})
    landscapes.add(b, "valley", grid | {"loss": [[6.0] * 2] * 2})
    run = side_by_side([a, b]).run
    sizes = {facts["problem"]: facts.get("parameters") for facts in run.facts}
    assert sizes == {"bowl": 3, "valley": 4}
    assert {k: land.loss.max() for k, land in run.landscapes.items()} == {
        "bowl": 7.0,
        "valley": 6.0,
    }
