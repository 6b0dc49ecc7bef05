"""Runs for others do not say what their machines are called in the network."""

import json

import pytest

from bench.store.merged import merge
from bench.store.nameless import FACTS, facts_of, nameless
from bench.store.run import as_it_is, load

from ..synthetic_run import Course, Racer, write_run

NAMES = ("xyzzy-a", "xyzzy-b")
CHIP = {"processor": "a chip", "usable_processors": 2}


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Two runs on machines of one kind, which only their names tell apart."""
    folder = tmp_path_factory.mktemp("runs")
    return [
        write_run(
            folder / f"run {place}",
            [Course("bowl", steps=20)],
            [Racer("fast", 0.5 + place / 10)],
            machine={"host": name, **CHIP},
        )
        for place, name in enumerate(NAMES)
    ]


@pytest.fixture(scope="module")
def merged(runs):
    """The two in one folder."""
    out = runs[0].parent / "both"
    merge(runs, out)
    return load(out)


def test_one_machine_has_no_name(runs):
    (run,) = nameless([load(runs[0])])
    assert run.record.machine == CHIP
    assert not run.record.hosts


def test_machines_of_several_runs_stay_told_apart(runs):
    same, other = runs
    shown = nameless([load(folder) for folder in (same, other, same)])
    hosts = [run.record.machine["host"] for run in shown]
    assert hosts == ["machine 1", "machine 2", "machine 1"]


def test_the_machines_of_one_run_keep_their_trials_and_seconds(merged):
    (shown,) = nameless([merged])
    assert list(merged.by_host) == list(NAMES)
    assert list(shown.by_host) == list(shown.record.hosts) == ["machine 1", "machine 2"]
    for own, there in zip(shown.by_host.values(), merged.by_host.values(), strict=True):
        assert [r.seconds for r in own.records] == [r.seconds for r in there.records]
    for record in (shown.record, *shown.records, *shown.by_host["machine 2"].records):
        assert "xyzzy" not in json.dumps(record.to_json())
    assert set(shown.prices["host"]) == {"machine 1"}  # the prices of the first run
    assert set(shown.by_host["machine 1"].prices["host"]) == {"machine 1"}
    assert shown.by_host["machine 2"].records[0].host == "machine 2"


def test_runs_that_have_no_names_are_left_as_they_are(merged):
    (once,) = nameless([merged])
    (twice,) = nameless([once])
    assert twice.record == once.record
    assert twice.records == once.records
    assert list(twice.by_host) == list(once.by_host)


def test_the_files_of_facts_name_no_machine_unless_it_is_wanted(merged, runs):
    found = facts_of(merged.folder)
    whole = facts_of(merged.folder, names_machines=True)
    assert set(found) == set(whole) == {"prices.csv", "problems.json"} < set(FACTS)
    assert not any(b"xyzzy" in content for content in found.values())
    for name, content in whole.items():
        assert content == (merged.folder / name).read_bytes()
        assert b"xyzzy-a" in content
        assert found[name] == content.replace(b"xyzzy-a", b"machine 1")
    for name, content in facts_of(runs[0]).items():
        assert content == (runs[0] / name).read_bytes()


def test_a_run_as_it_is_keeps_its_names(merged):
    assert as_it_is(merged.folder).record.hosts.keys() == set(NAMES)
