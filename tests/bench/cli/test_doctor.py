"""What `doctor` finds, a line each, and when it says that measuring is disturbed."""

import re

import psutil
import pytest

from bench.cli import doctor, main
from bench.cli.doctor import quota
from bench.core.errors import DeviceMissing

QUIET = {
    "processors": 4,
    "usable_processors": 4,
    "processor": "a processor",
    "thread_limits": {},
    "governor": None,
    "megahertz": 2000.0,
}


@pytest.fixture
def machine(monkeypatch):
    """A machine that disturbs nothing, whose facts a test may change."""
    known = dict(QUIET)
    monkeypatch.setattr("bench.store.environment.machine", lambda: known)
    monkeypatch.setattr("bench.execute.others.Others.cores", lambda self: 0.01)
    monkeypatch.setattr(doctor, "SECONDS", 0.0)
    monkeypatch.setattr(doctor, "quota", lambda: None)
    monkeypatch.setattr(psutil, "sensors_battery", lambda: None, raising=False)
    return known


def lines(capsys):
    """Return the exit status, and of each line its mark and its words, by its word."""
    status = main(["doctor"])
    out, err = capsys.readouterr()
    assert err == ""
    found = [re.split(r"  +", line, maxsplit=2) for line in out.splitlines()]
    return status, {what: (mark, words) for mark, what, words in found}


def test_a_quiet_machine(machine, capsys):
    status, found = lines(capsys)
    assert status == 0
    assert {mark for mark, _ in found.values()} == {"ok"}
    assert set(found) >= {
        *("versions", "device", "processors", "frequency", "load", "memory", "clock"),
        "cache",
    }
    assert "jax 0." in found["versions"][1]
    assert re.search(r"\d+ ns", found["clock"][1])


@pytest.mark.parametrize(
    ("changed", "what", "words"),
    [
        ({"usable_processors": 1}, "processors", "other work is in the way"),
        ({"governor": "powersave"}, "frequency", "set performance"),
    ],
)
def test_what_disturbs_is_marked(machine, capsys, changed, what, words):
    machine.update(changed)
    status, found = lines(capsys)
    assert status == 1
    assert found[what][0] == "disturbs"
    assert words in found[what][1]
    others = {mark for name, (mark, _) in found.items() if name != what}
    assert others == {"ok"}


def test_a_steady_governor_disturbs_nothing(machine, capsys):
    machine["governor"] = "performance"
    assert lines(capsys)[0] == 0


def test_a_load_names_the_busiest_processes(machine, monkeypatch, capsys):
    class Busy:
        pid, info = 7, {"name": "compiler"}

        def cpu_percent(self):
            return 90.0

    monkeypatch.setattr("bench.execute.others.Others.cores", lambda self: 0.9)
    monkeypatch.setattr(psutil, "process_iter", lambda names: iter([Busy()]))
    status, found = lines(capsys)
    assert status == 1
    words = "other processes use 0.90 of a processor: compiler (7) 0.90"
    assert found["load"] == ("disturbs", words)


def test_a_quota_below_the_processors_disturbs(machine, monkeypatch, capsys):
    monkeypatch.setattr(doctor, "quota", lambda: 1.5)
    status, found = lines(capsys)
    assert status == 1
    assert found["quota"][1].startswith("a quota of 1.5 of 4 processors")
    assert found["quota"][1].endswith("NPROC=1")


QUOTAS = {
    "max 100000": None,
    "150000 100000": 1.5,
    "nonsense": None,
}


@pytest.mark.parametrize("text", QUOTAS)
def test_the_quota_of_a_control_group(tmp_path, text):
    (tmp_path / "cpu.max").write_text(text)
    assert quota(tmp_path) == QUOTAS[text]


@pytest.mark.parametrize(("most", "expected"), [("-1", None), ("50000", 0.5)])
def test_the_quota_of_an_older_control_group(tmp_path, most, expected):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(most)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert quota(tmp_path) == expected


def test_no_control_group_is_no_quota(tmp_path):
    assert quota(tmp_path / "none") is None


def test_a_device_that_does_not_open_is_a_line(machine, monkeypatch, capsys):
    def find():
        raise DeviceMissing("there is no gpu")

    monkeypatch.setattr("bench.store.environment.find", find)
    status, found = lines(capsys)
    assert (status, found["device"]) == (1, ("disturbs", "there is no gpu"))
