"""A machine that does trials of a run is stated in its run.json."""

from dataclasses import replace

import pytest

from bench.core.records import TrialRecord
from bench.core.spec import Named, Spec
from bench.store import folder as run_folder
from bench.store import hosts, run_file, trials
from bench.store.environment import machine
from bench.store.run import load

from ..configs import specs_of

ALPHA = {"host": "alpha", "processor": "old", "megahertz": 1.0}


@pytest.fixture
def run(folder, tmp_path):
    """Return a folder whose run.json states this machine and a plan."""
    specs = specs_of(tmp_path)
    record = run_folder.RunRecord(
        "run", {}, specs, device={"platform": "cpu", "kind": "cpu"}
    )
    run_folder.prepare(folder)
    run_folder.write(folder, replace(record, machine=machine()))
    return folder


def test_the_machine_of_run_json_has_no_name(run):
    before = (run / "run.json").read_bytes()
    assert hosts.added(run, machine()) == hosts.added(run, machine(), "cpu") == ""
    assert (run / "run.json").read_bytes() == before


def test_another_machine_or_device_is_added_once_under_its_name(run):
    plan = run_file.read(run)
    assert hosts.added(run, ALPHA, "cpu") == "alpha"
    assert hosts.added(run, ALPHA | {"megahertz": 2.0}) == "alpha"
    assert hosts.added(run, ALPHA | {"processor": "new"}) == "alpha-2"
    assert hosts.added(run, ALPHA, "a GPU") == "alpha-3"
    known = run_file.read(run)
    own = machine()["host"]
    assert list(known.hosts) == [own, "alpha", "alpha-2", "alpha-3"]
    assert known.hosts["alpha-3"].device == {"platform": "cpu", "kind": "a GPU"}
    assert replace(known, hosts={}) == plan
    assert hosts.own_name(known) == own
    assert hosts.added(run, machine()) == ""


def test_a_folder_without_a_run_names_no_machine(folder):
    folder.mkdir()
    assert hosts.added(folder, ALPHA) == ""


def test_seconds_of_several_hosts_are_told_apart(run):
    spec = Spec(Named("quadratic"), Named("sgd"), key="there")
    name = hosts.added(run, ALPHA)
    trials.write_trial(run, TrialRecord(spec, "budget", seconds=1.0, host=name), [])
    trials.write_trial(run, TrialRecord(replace(spec, key="here"), "budget"), [])
    assert set(load(run).by_host) == {machine()["host"], "alpha"}
