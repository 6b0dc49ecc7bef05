"""The command line in process: what it prints where, and its exit status."""

import json
import os
import signal
import sys
from types import ModuleType

import pytest

from bench.cli import main
from bench.core import errors
from bench.execute import outcome
from bench.store import trials as store

from .configs import SMALL, written


class Supervisor(ModuleType):
    """Stands in for the workers: trials end at once, with the ends given."""

    def __init__(self, folder_of_config):
        super().__init__("bench.execute.supervise")
        self.ends = {}
        self.asked = []
        self.stop_after = None
        self.stop = signal.SIGINT
        self.error = None
        self.place = folder_of_config

    def supervise(self, specs, folder, device, report, unknown):
        if self.error:
            raise self.error
        for spec in specs:
            if len(self.asked) == self.stop_after:
                os.kill(os.getpid(), self.stop)
            self.asked.append(spec.key)
            report.started(spec)
            report.progress(spec, 0.5)
            record = spec.to_json() | {
                "end": self.ends.get(spec.label, "target"),
                "reason": "so it goes",
                "steps": 3,
                "seconds": 0.25,
            }
            record = store.write_trial(folder, record, [{"step": 0, "loss": 1.0}])
            report.finished(spec, record)


@pytest.fixture
def supervisor(monkeypatch, tmp_path):
    stand_in = Supervisor(tmp_path)
    monkeypatch.setitem(sys.modules, "bench.execute.supervise", stand_in)
    monkeypatch.setattr(outcome, "tables", lambda folder: "THE TABLE")
    monkeypatch.setattr(outcome, "plots", lambda folder: [folder / "plots" / "a.svg"])
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    return stand_in


def call(capsys, *words):
    """Return the exit status and the lines on stdout and stderr."""
    status = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return status, out.splitlines(), err.splitlines()


def test_a_run_prints_its_table_and_where_the_plots_are(supervisor, capsys):
    status, out, err = call(capsys, "run", "small.toml")
    assert status == 0
    assert out == ["THE TABLE", "plots: results/small/plots"]
    assert len(err) == len(supervisor.asked) == 12
    said = "quadratic sgd learning_rate=0.1 seed 0: target, 0.25 s, 3 steps"
    assert err[0] == f"[ 1/12] {said}"


def test_the_same_run_again_does_only_what_is_missing(supervisor, capsys):
    call(capsys, "run", "small.toml", "--only", "optimizer=sgd")
    assert len(supervisor.asked) == 8
    supervisor.asked.clear()
    status, _, err = call(capsys, "run", "small.toml")
    assert status == 0
    assert len(supervisor.asked) == 4
    assert err[0] == "8 of 12 trials are done already"
    supervisor.asked.clear()
    call(capsys, "run", "small.toml")
    assert supervisor.asked == []


def test_run_json_says_what_was_run(supervisor, capsys, tmp_path):
    call(capsys, "run", "small.toml", "--set", "budget.steps=7", "--out", "there")
    described = json.loads((tmp_path / "there" / "run.json").read_text())
    assert described["config"]["budget"]["steps"] == 7
    assert described["config"]["budget"]["compile_seconds"] == 300.0
    assert sorted(described["trials"]) == sorted(supervisor.asked)
    assert described["device"] == {"platform": "cpu", "kind": "cpu"}
    assert {"python", "jax", "jaxlib", "optax"} <= described["versions"].keys()


@pytest.mark.parametrize("end", ["skipped", "diverged", "budget", "stalled"])
def test_only_failed_is_a_failure(supervisor, capsys, end):
    supervisor.ends = {"L-BFGS": end}
    assert call(capsys, "run", "small.toml")[0] == 0


def test_failed_trials_are_named_and_done_again_when_asked(supervisor, capsys):
    supervisor.ends = {"L-BFGS": "failed", "sgd": "diverged"}
    status, _, err = call(capsys, "run", "small.toml")
    assert status == 1
    assert err[-1] == "4 trials failed; --retry failed does what failed again"
    assert sum("failed, 0.25 s, 3 steps, so it goes" in line for line in err) == 4
    supervisor.asked.clear()
    assert call(capsys, "run", "small.toml")[0] == 1
    assert supervisor.asked == []
    supervisor.ends = {}
    assert call(capsys, "run", "small.toml", "--retry", "failed")[0] == 0
    assert len(supervisor.asked) == 4
    records = store.finished(supervisor.place / "results" / "small").values()
    assert sorted({r["attempt"] for r in records}) == [1, 2]


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_was_done(supervisor, capsys, stop):
    supervisor.stop_after, supervisor.stop = 5, stop
    status, out, err = call(capsys, "run", "small.toml")
    assert (status, out) == (130, [])
    assert err[-1] == (
        "interrupted; what was done is kept: the same command goes on from there"
    )
    supervisor.stop_after = None
    assert call(capsys, "run", "small.toml")[0] == 0
    assert len(supervisor.asked) == len(set(supervisor.asked)) == 12


def test_a_spoilt_trial_is_named_and_done_again(supervisor, capsys, tmp_path):
    call(capsys, "run", "small.toml")
    key = supervisor.asked[3]
    (tmp_path / "results" / "small" / "trials" / f"{key}.csv").write_text("nonsense")
    supervisor.asked.clear()
    status, _, err = call(capsys, "run", "small.toml")
    assert status == 0
    assert supervisor.asked == [key]
    assert f"{key}.csv: sha256 does not match; set aside" in err[0]


def test_another_version_in_the_folder(supervisor, capsys, tmp_path):
    call(capsys, "run", "small.toml")
    path = tmp_path / "results" / "small" / "run.json"
    described = json.loads(path.read_text())
    described["versions"]["jax"] = "0.4.1"
    path.write_text(json.dumps(described))
    status, out, err = call(capsys, "run", "small.toml")
    assert (status, out) == (2, [])
    assert len(err) == 1
    assert "(jax 0.4.1 there, " in err[0]
    assert call(capsys, "run", "small.toml", "--mix")[0] == 0


def test_a_spoilt_run_json_does_not_hide_another_version(supervisor, capsys, tmp_path):
    call(capsys, "run", "small.toml")
    folder = tmp_path / "results" / "small"
    (folder / "run.json").write_text("nope")
    path = sorted((folder / "trials").glob("*.json"))[0]
    path.write_text(json.dumps(json.loads(path.read_text()) | {"device": "TPU v9"}))
    status, out, err = call(capsys, "run", "small.toml")
    assert (status, out) == (2, [])
    assert "(kind TPU v9 there, cpu here)" in err[0]


def test_trials_that_cannot_be_listed_leave_the_tables_as_they_were(
    supervisor, capsys, tmp_path, monkeypatch
):
    call(capsys, "run", "small.toml")
    monkeypatch.undo()  # the real tables and plots
    folder = tmp_path / "results" / "small"
    (folder / "summary.md").write_text("as it was")
    (folder / "trials").rename(folder / "elsewhere")
    (folder / "trials").write_text("no folder")
    for verb in ("table", "plot"):
        status, out, err = call(capsys, verb, folder)
        assert (status, out) == (2, [])
        assert err == [f"cannot read {folder}/trials: Not a directory"]
    assert (folder / "summary.md").read_text() == "as it was"


def test_a_missing_device_is_one_line(supervisor, capsys):
    supervisor.error = errors.DeviceMissing("there is no gpu")
    assert call(capsys, "run", "small.toml") == (2, [], ["there is no gpu"])


def test_a_full_disk_is_one_line(supervisor, capsys):
    supervisor.error = errors.DiskFull("no room is left")
    assert call(capsys, "run", "small.toml") == (1, [], ["no room is left"])


def test_a_file_in_place_of_the_folder(supervisor, capsys, tmp_path):
    (tmp_path / "results").write_text("")
    status, _, err = call(capsys, "run", "small.toml")
    assert status == 2
    assert err == ["cannot make results/small/trials: Not a directory"]


def test_check_says_what_would_be_run(supervisor, capsys):
    status, out, err = call(capsys, "check", "small.toml")
    assert (status, err) == (0, [])
    assert out == [
        "small.toml: 12 trials, 2 of each of 6 pairs of a problem and an optimizer's "
        "settings"
    ]


def test_check_gives_all_errors_a_line(supervisor, capsys, tmp_path):
    written(tmp_path, SMALL.replace("steps = 10", "stpes = 1\nsecnds = 2"))
    status, out, err = call(capsys, "check", "small.toml")
    assert (status, out) == (2, [])
    assert err == [
        'small.toml:4: budget.stpes: unknown key. Did you mean "steps"?',
        'small.toml:5: budget.secnds: unknown key. Did you mean "seconds"?',
    ]


@pytest.mark.parametrize("kind", ["problems", "optimizers"])
def test_list_shows_every_setting(supervisor, capsys, kind):
    package = pytest.importorskip(kind)
    status, out, _ = call(capsys, "list", kind)
    text = "\n".join(out)
    assert status == 0
    assert out[0] == f"{kind}:"
    assert all(f"\n  {name}: " in text for name in package.names())
    if kind == "optimizers":
        assert "      learning_rate (must be given)" in out
        assert "      b1 = 0.9" in out


WRONG_CALLS = {
    ("chekc", "x"): "No such command 'chekc'. Did you mean 'check'?",
    ("run",): "Missing argument 'CONFIG'.",
    ("run", "--devcie", "cpu", "x"): "No such option '--devcie'. Did you mean "
    "'--device'?",
    ("run", "small.toml", "--device", "abacus"): "Invalid value for '--device': "
    "'abacus' is not one of 'cpu', 'gpu', 'tpu'.",
    ("run", "none.toml"): "cannot read none.toml: No such file or directory",
    ("table", "none"): "none: no run there (it has no run.json)",
    ("plot", "none"): "none: no run there (it has no run.json)",
}


@pytest.mark.parametrize("words", WRONG_CALLS, ids=" ".join)
def test_a_wrong_call_is_one_line(supervisor, capsys, words):
    assert call(capsys, *words) == (2, [], [WRONG_CALLS[words]])


def test_help_goes_to_stderr(capsys):
    status, out, err = call(capsys, "--help")
    assert (status, out) == (0, [])
    assert err[0].startswith("Usage: python -m bench ")
    assert call(capsys, "run", "-h")[1] == []
