"""Rounds added to a run: which trials that means, and how many are enough."""

import sys
import zlib
from types import ModuleType

import numpy as np
import pytest

from bench.cli import main
from bench.execute import outcome, rounds
from bench.store import trials as store

from ..configs import written


class Supervisor(ModuleType):
    """Stands in for the workers: trials end at once, their seconds made up."""

    def __init__(self):
        super().__init__("bench.execute.supervise")
        self.noise, self.levels, self.asked = 0.0, 1.0, []

    def supervise(self, specs, folder, device, report, unknown):
        for spec in specs:
            self.asked.append(spec)
            seed = zlib.crc32(f"{spec.problem} {spec.optimizer} {spec.seed}".encode())
            chance = np.random.default_rng([seed, spec.round]).standard_normal()
            seconds = self.levels ** (seed % 7) * np.exp(self.noise * chance)
            row = {"step": 9, "loss": 1.0, "seconds": seconds}
            record = spec.to_json() | {"end": "budget"}
            store.write_trial(folder, record, [row | dict.fromkeys(CALLS, 9)])


CALLS = ("forward", "point", "gradient", "jvp", "hvp", "hessian")


@pytest.fixture
def supervisor(monkeypatch, tmp_path):
    stand_in = Supervisor()
    monkeypatch.setitem(sys.modules, "bench.execute.supervise", stand_in)
    monkeypatch.setattr(outcome, "tables", lambda folder: "THE TABLE")
    monkeypatch.setattr(outcome, "plots", lambda folder: [])
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    return stand_in


def run(capsys, *words):
    """Run the small config and return its lines on stderr."""
    assert main(["run", "small.toml", *words]) == 0
    return capsys.readouterr().err.splitlines()


def auto(capsys, out):
    """Return after how many rounds a run stops, and what it says then."""
    lines = run(capsys, "--rounds", "auto", "--out", out)
    return len(store.finished(out)) // 12, lines[-1]


def test_rounds_are_added_to_a_run_that_is_done(supervisor, capsys):
    run(capsys)
    assert {spec.round for spec in supervisor.asked} == {0}
    supervisor.asked.clear()
    assert run(capsys, "--rounds", "3")[0] == "12 of 36 trials are done already"
    assert [spec.round for spec in supervisor.asked] == [1] * 12 + [2] * 12


@pytest.mark.parametrize("count", ["0", "many", "1.5", ""])
def test_what_is_no_number_of_rounds_is_one_line(supervisor, capsys, count):
    assert main(["run", "small.toml", "--rounds", count]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--rounds" in line
    assert supervisor.asked == []


def test_rounds_are_added_until_ten_percent_would_show(supervisor, capsys):
    supervisor.noise = 0.002
    few, words = auto(capsys, "few")
    assert few == rounds.FIRST
    assert words.startswith("3 rounds would show a slowdown of 2.9 % in sgd")
    supervisor.noise = 0.03
    more, words = auto(capsys, "more")
    assert 3 < more < 12
    assert 8 < float(words.partition("slowdown of ")[2].split()[0]) < 10
    supervisor.levels = 3.0
    assert auto(capsys, "other-outcome")[0] == more


def test_rounds_come_to_an_end(supervisor, capsys, monkeypatch):
    monkeypatch.setattr(rounds, "MOST", 5)
    supervisor.noise = 0.5
    count, words = auto(capsys, "noisy")
    assert count == 5
    assert words.startswith("5 rounds would show a slowdown of ")


def test_two_cells_are_too_few_to_add_rounds_for(supervisor, capsys):
    lines = run(capsys, "--rounds", "auto", "--only", "optimizer=L-BFGS")
    assert lines[-1].startswith("fewer than 3 cells were timed")
    assert len(supervisor.asked) == 3 * 4
