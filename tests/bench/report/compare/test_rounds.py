"""Rounds added to a run: which trials that means, and how many are enough."""

import zlib
from pathlib import Path

import numpy as np
import pytest

from bench.cli import main
from bench.cli.run import FIRST_ROUNDS
from bench.cli.running import Made
from bench.core.readings import READINGS
from bench.core.records import TrialRecord
from bench.report.compare import rounds
from bench.store import trials

from ...configs import written
from ...executors import StandInExecutor, replace_workers


class MadeUpSeconds:
    """Ends trials at once, their seconds made up.

    Attributes:
        noise: Standard deviation of the log seconds between rounds.
        levels: Factor by which trial groups and seeds differ, to a power up to 6.
    """

    def __init__(self):
        self.noise, self.levels = 0.0, 1.0

    def trial(self, spec):
        named = [
            f"Named(name={named.name!r}, settings={named.settings!r})"
            for named in (spec.problem, spec.optimizer)
        ]
        seed = zlib.crc32(f"{' '.join(named)} {spec.seed}".encode())
        normal = np.random.default_rng([seed, spec.round]).standard_normal()
        seconds = self.levels ** (seed % 7) * np.exp(self.noise * normal)
        row = {"step": 9, "loss": 1.0, "seconds": seconds}
        return TrialRecord(spec, "budget"), [row | dict.fromkeys(READINGS, 9)]


@pytest.fixture
def seconds():
    return MadeUpSeconds()


@pytest.fixture
def executor(monkeypatch, tmp_path, seconds):
    stand_in = StandInExecutor(seconds.trial)
    replace_workers(monkeypatch, stand_in)
    monkeypatch.setattr("bench.cli.run.report", lambda run, page: Made())
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    return stand_in


def run(capsys, *words):
    """Run the small config and return its lines on stderr."""
    assert main(["run", "small.toml", *words]) == 0
    return capsys.readouterr().err.splitlines()


def auto(capsys, out):
    """Return after how many rounds a run stops, and its last line."""
    lines = run(capsys, "--rounds", "auto", "--out", out)
    return len(trials.finished(Path(out))) // 12, lines[-1]


def test_rounds_are_added_to_a_run_that_is_done(executor, capsys):
    run(capsys)
    assert [spec.round for spec in executor.done] == [0] * 12
    executor.done.clear()
    assert run(capsys, "--rounds", "3")[0] == "12 of 36 trials are finished already"
    assert [spec.round for spec in executor.done] == [1] * 12 + [2] * 12


@pytest.mark.parametrize("count", ["0", "many", "1.5", ""])
def test_what_is_no_number_of_rounds_is_one_line(executor, capsys, count):
    assert main(["run", "small.toml", "--rounds", count]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--rounds" in line
    assert executor.done == []


def test_rounds_are_added_until_ten_percent_would_show(executor, seconds, capsys):
    seconds.noise = 0.002
    few, words = auto(capsys, "few")
    assert few == FIRST_ROUNDS == 3
    assert words.startswith("3 rounds would detect a slowdown of 2.9 % in sgd")
    seconds.noise = 0.03
    more, words = auto(capsys, "more")
    assert 3 < more < 12
    assert 8 < float(words.partition("slowdown of ")[2].split()[0]) < 10
    seconds.levels = 3.0
    assert auto(capsys, "other-outcome")[0] == more


def test_rounds_come_to_an_end(executor, seconds, capsys, monkeypatch):
    monkeypatch.setattr(rounds, "MOST", 5)
    seconds.noise = 0.5
    count, words = auto(capsys, "noisy")
    assert count == 5
    assert words.startswith("5 rounds would detect a slowdown of ")


def test_two_trial_groups_are_too_few_to_add_rounds_for(executor, capsys):
    lines = run(capsys, "--rounds", "auto", "--only", "optimizer=L-BFGS")
    assert lines[-1].startswith("fewer than 3 trial groups were timed")
    assert len(executor.done) == 3 * 4
