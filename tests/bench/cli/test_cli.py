"""The command line in process: what it prints where, and its exit status."""

import json
import os
import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest

import bench
import optimizers
import problems
from bench import load
from bench.cli import main
from bench.cli.main import VERBS
from bench.core import errors
from bench.core.readings import READINGS
from bench.core.records import TrialRecord
from bench.execute.progress import title
from bench.report.plots.draw import Drawn
from bench.store import trials

from ..configs import SMALL, specs_of, written
from ..executors import StandInExecutor, replace_workers


class Ends:
    """Ends trials as a test states, and may break off before one of them."""

    def __init__(self):
        self.ends = {}
        self.stop = None
        self.left = None
        self.error = None

    def trial(self, spec):
        end = self.ends.get(spec.label, "target")
        spent = {"steps": 3, "seconds": 0.25, "readings": dict.fromkeys(READINGS, 3)}
        record = TrialRecord(
            *(spec, end, "so it goes", "cpu"), **spent, final_loss=1.0, target_loss=1.0
        )
        if end == "target":
            to_target = {f"{name}_to_target": value for name, value in spent.items()}
            record = replace(record, **to_target)
        start = dict.fromkeys(READINGS, 0) | {"step": 0, "seconds": 0.0, "loss": 2.0}
        last = spent["readings"] | {"step": 3, "seconds": 0.25, "loss": 1.0}
        return record, [start, last]

    def before(self):
        if self.error:
            raise self.error
        if self.left == 0:
            os.kill(os.getpid(), self.stop)
        if self.left is not None:
            self.left -= 1


class NoTables:
    """Stands in for the tables, whose text is not looked at here."""

    def __init__(self, results):
        assert results.groups

    def write(self):
        return "ALL TABLES"

    def short(self):
        return "THE TABLE"


@pytest.fixture
def ends():
    return Ends()


@pytest.fixture
def executor(monkeypatch, tmp_path, ends):
    stand_in = StandInExecutor(ends.trial, ends.before)
    replace_workers(monkeypatch, stand_in)
    monkeypatch.setattr("bench.report.tables.summary.Tables", NoTables)
    monkeypatch.setattr("bench.report.plots.draw", lambda folder: Drawn([], []))
    monkeypatch.chdir(tmp_path)
    written(tmp_path)
    return stand_in


@pytest.fixture
def folder(tmp_path):
    """Return where the small config is run to."""
    return tmp_path / "results" / "small"


def call(capsys, *words):
    """Return the exit status and the lines on stdout and stderr."""
    status = main([str(word) for word in words])
    out, err = capsys.readouterr()
    assert "Traceback" not in err
    return status, out.splitlines(), err.splitlines()


def test_a_run_prints_its_table_and_where_the_plots_are(executor, capsys):
    status, out, err = call(capsys, "run", "small.toml")
    assert status == 0
    assert out == [
        "THE TABLE",
        "All tables: results/small/summary.md",
        "Plots: results/small/plots",
    ]
    assert err == [
        f"[{number:2}/12] {title(spec)}: target, 0.25 s, 3 steps, loss 1"
        for number, spec in enumerate(executor.done, 1)
    ]
    first = "quadratic sgd learning_rate=0.1 seed 0"
    assert err[6] == f"[ 7/12] {first}: target, 0.25 s, 3 steps, loss 1"
    assert len(set(executor.keys)) == 12
    assert executor.platform == "cpu"
    assert executor.opened == executor.closed >= 2  # one for trials, some for programs


def test_a_run_leaves_its_tables_and_plots(executor, capsys, monkeypatch, folder):
    stand_in = bench.execute.local.LocalExecutor
    monkeypatch.undo()  # the real tables and plots
    replace_workers(monkeypatch, stand_in)
    config = written(folder.parents[1])
    only = ("--only", "problem=quadratic", "--out", folder)
    status, out, _ = call(capsys, "run", config, *only)
    assert status == 0
    assert out[0].startswith("small: 1 problem, ")
    assert out[-2:] == [f"All tables: {folder}/summary.md", f"Plots: {folder}/plots"]
    assert (folder / "summary.md").read_text().startswith("## quadratic, ")
    drawn = sorted((folder / "plots").iterdir())
    assert drawn
    status, out, err = call(capsys, "plot", folder)
    assert (status, err) == (0, [])
    assert sorted(out) == [str(path) for path in drawn]
    status, out, err = call(capsys, "table", folder)
    assert (status, err) == (0, [])
    assert "\n".join(out).strip() == (folder / "summary.md").read_text().strip()


def test_the_same_run_again_does_only_what_is_missing(executor, capsys):
    call(capsys, "run", "small.toml", "--only", "optimizer=sgd")
    assert len(executor.keys) == 8
    executor.done.clear()
    status, _, err = call(capsys, "run", "small.toml")
    assert status == 0
    assert len(executor.keys) == 4
    assert err[0] == "8 of 12 trials are finished already"
    executor.done.clear()
    call(capsys, "run", "small.toml")
    assert executor.keys == []


def test_run_json_says_what_was_run(executor, capsys, tmp_path):
    call(capsys, "run", "small.toml", "--set", "budget.steps=7", "--out", "there")
    described = json.loads((tmp_path / "there" / "run.json").read_text())
    assert described["name"] == "small"
    assert described["config"]["budget"]["steps"] == 7
    assert described["config"]["budget"]["compile_seconds"] == 300.0
    planned = load(tmp_path / "there").planned
    assert planned == specs_of(tmp_path, "budget.steps=7")
    assert sorted(spec.key for spec in planned) == sorted(executor.keys)
    assert described["device"] == {"platform": "cpu", "kind": "cpu"}
    assert {"python", "jax", "jaxlib", "optax"} <= described["versions"].keys()


@pytest.mark.parametrize("end", ["skipped", "diverged", "budget", "stalled"])
def test_only_failed_is_a_failure(executor, ends, capsys, end):
    ends.ends = {"L-BFGS": end}
    assert call(capsys, "run", "small.toml")[0] == 0


def test_failed_trials_are_named_and_run_again_when_asked(
    executor, ends, capsys, folder
):
    ends.ends = {"L-BFGS": "failed", "sgd": "diverged"}
    status, _, err = call(capsys, "run", "small.toml")
    assert status == 1
    assert err[-1] == "4 trials failed; --retry failed runs them again"
    assert (
        sum("failed, 0.25 s, 3 steps, loss 1, so it goes" in line for line in err) == 4
    )
    executor.done.clear()
    assert call(capsys, "run", "small.toml")[0] == 1
    assert executor.keys == []
    ends.ends = {}
    assert call(capsys, "run", "small.toml", "--retry", "failed")[0] == 0
    assert len(executor.keys) == 4
    records = trials.finished(folder).values()
    assert sorted(record.attempt for record in records) == [1] * 8 + [2] * 4


def test_lost_trials_are_run_again_apart_from_failed_ones_or_with_them(
    executor, ends, capsys, folder
):
    ends.ends = {"L-BFGS": "failed", "sgd": "lost"}
    status, _, err = call(capsys, "run", "small.toml")
    assert status == 1
    assert err[-2:] == [
        "4 trials failed; --retry failed runs them again",
        "8 trials lost; --retry lost runs them again",
    ]
    for retry, count in (("lost", 8), ("failed", 12)):
        executor.done.clear()
        assert call(capsys, "run", "small.toml", "--retry", retry)[0] == 1
        assert len(executor.keys) == count


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_keeps_what_was_done(executor, ends, capsys, stop):
    ends.left, ends.stop = 5, stop
    status, out, err = call(capsys, "run", "small.toml")
    assert (status, out) == (130, [])
    assert err[-1] == (
        "interrupted; finished trials are kept: the same command continues"
    )
    assert len(executor.keys) == 5
    assert executor.closed == executor.opened >= 2
    ends.left = None
    assert call(capsys, "run", "small.toml")[0] == 0
    assert len(executor.keys) == len(set(executor.keys)) == 12


def test_a_spoilt_trial_is_named_and_run_again(executor, capsys, folder):
    call(capsys, "run", "small.toml")
    key = executor.keys[3]
    (folder / "trials" / f"{key}.csv").write_text("nonsense")
    executor.done.clear()
    status, _, err = call(capsys, "run", "small.toml")
    assert status == 0
    assert executor.keys == [key]
    assert f"{key}.csv: its sha256 is not the one in {key}.json; set aside" in err[0]


def test_another_version_in_the_folder(executor, capsys, folder):
    call(capsys, "run", "small.toml")
    path = folder / "run.json"
    described = json.loads(path.read_text())
    described["versions"]["jax"] = "0.4.1"
    path.write_text(json.dumps(described))
    trial = sorted((folder / "trials").glob("*.json"))[0]
    trial.write_text("{}")  # another version may have other records
    status, out, err = call(capsys, "run", "small.toml")
    assert (status, out) == (2, [])
    assert len(err) == 1
    assert "(jax 0.4.1 there, " in err[0]
    assert trial.read_text() == "{}"  # not set aside
    assert call(capsys, "run", "small.toml", "--mix")[0] == 0


def test_a_removed_run_json_does_not_hide_another_version(executor, capsys, folder):
    call(capsys, "run", "small.toml")
    for path in (folder / "run.json", *folder.glob("*.csv"), folder / "problems.json"):
        path.unlink()
    path = sorted((folder / "trials").glob("*.json"))[0]
    path.write_text(json.dumps(json.loads(path.read_text()) | {"device": "TPU v9"}))
    status, out, err = call(capsys, "run", "small.toml")
    assert (status, out) == (2, [])
    assert "(kind TPU v9 there, cpu here)" in err[0]


def test_trials_that_cannot_be_listed_leave_the_tables_as_they_were(
    executor, capsys, folder, monkeypatch
):
    call(capsys, "run", "small.toml")
    monkeypatch.undo()  # the real tables and plots
    (folder / "summary.md").write_text("as it was")
    (folder / "trials").rename(folder / "elsewhere")
    (folder / "trials").write_text("no folder")
    for verb in ("table", "plot"):
        status, out, err = call(capsys, verb, folder)
        assert (status, out) == (2, [])
        assert err == [f"cannot read {folder}/trials: Not a directory"]
    assert (folder / "summary.md").read_text() == "as it was"


def test_a_missing_device_is_one_line(executor, ends, capsys):
    ends.error = errors.DeviceMissing("there is no gpu")
    assert call(capsys, "run", "small.toml") == (2, [], ["there is no gpu"])


def test_a_full_disk_is_one_line(executor, ends, capsys):
    ends.error = errors.DiskFull("no room is left")
    assert call(capsys, "run", "small.toml") == (1, [], ["no room is left"])


def test_a_file_in_place_of_the_folder(executor, capsys, tmp_path):
    (tmp_path / "results").write_text("")
    status, _, err = call(capsys, "run", "small.toml")
    assert status == 2
    assert err == ["cannot make results/small: Not a directory"]


def test_check_says_what_would_be_run(executor, capsys):
    status, out, err = call(capsys, "check", "small.toml")
    assert (status, err) == (0, [])
    assert out == [
        "small.toml: 12 trials, 2 of each of 6 pairs of a problem and an optimizer's "
        "settings"
    ]


ODD = """
def four():
    return 4


def raises():
    raise OSError("no such data")
"""


def test_check_makes_problems_of_a_users_file(executor, capsys, tmp_path):
    written(tmp_path, ODD, "odd.py")
    own = "".join(f'[[problems]]\nname = "odd.py:{x}"\n' for x in ("four", "raises"))
    written(tmp_path, SMALL.replace("[[optimizers]]", own + "[[optimizers]]", 1))
    status, out, err = call(capsys, "check", "small.toml")
    assert (status, out) == (2, [])
    assert err == [
        'problem "odd.py:four": 4 is not a problem: it has no init and loss',
        'problem "odd.py:raises": the problem cannot be made: OSError: no such data '
        "(odd.py:7)",
    ]


NET = """
import jax.numpy as jnp
import problems

def net():
    return problems.from_functions(
        init=lambda key: jnp.ones(2), loss=lambda params: jnp.sum(params**2)
    )
"""


def test_check_knows_that_a_net_has_no_certificate(executor, capsys, tmp_path):
    written(tmp_path, NET, "net.py")
    own = '[[problems]]\nname = "net.py:net"\ntarget = { suboptimality = 1e-3 }\n'
    written(tmp_path, SMALL.replace("[[optimizers]]", own + "[[optimizers]]", 1))
    status, out, (line,) = call(capsys, "check", "small.toml")
    assert (status, out) == (2, [])
    assert line.startswith('problem "net.py:net": a suboptimality needs a certified')


def test_a_broken_invariant_is_a_line_and_a_failure(executor, ends, capsys):
    def trial(spec):
        record, rows = ends.trial(spec)
        start = float(spec.label == "sgd")
        return replace(record, best_loss=-1.0, start_loss=start), rows

    executor.trial = trial
    status, out, err = call(capsys, "run", "small.toml", "--only", "problem=quadratic")
    assert (status, out[0]) == (1, "THE TABLE")
    moved, below = [line for line in err if line.startswith("problem")]
    words = "the trials with seed 0 and 1 more start at different losses"
    assert words in moved
    assert "reached the loss -1, below the stated least loss 0" in below


def test_a_loss_below_the_best_known_is_a_line_and_no_failure(executor, ends, capsys):
    def trial(spec):
        record, rows = ends.trial(spec)
        return replace(record, best_loss=-1.0, start_loss=1.0), rows

    executor.trial = trial
    known = ("--set", "problems.0.best_known=0.5", "--only", "problem=quadratic")
    status, out, err = call(capsys, "run", "small.toml", *known)
    assert (status, out[0]) == (0, "THE TABLE")
    (line,) = [line for line in err if line.startswith("problem")]
    assert "reached the loss -1, below the best loss known, 0.5" in line


TABLE = """\
name = "table"
[[problems]]
name = "logistic_regression"
label = "ships"
dataset = "files"
file = "ships.csv"
targets = "saved"
[[optimizers]]
name = "newton"
"""


def test_check_reads_a_users_table_and_says_what_stands_for_its_labels(
    executor, capsys, tmp_path
):
    written(tmp_path, TABLE)
    rows = ["age,saved", "1,no", "2.5,yes", "3,no"]
    Path("ships.csv").write_text("\n".join(rows))
    status, out, err = call(capsys, "check", "small.toml")
    assert err == ['problem "ships": of the labels, -1 is "no", 1 is "yes"']
    assert (status, out[0][:19]) == (0, "small.toml: 1 trial")
    Path("ships.csv").write_text("\n".join([*rows, ",yes"]))
    status, out, err = call(capsys, "check", "small.toml")
    words = 'file = "ships.csv": column "age" has no value in row 3'
    assert (status, out, err) == (2, [], [f'problem "ships": {words}'])


def test_check_gives_all_errors_a_line(executor, capsys, tmp_path):
    written(tmp_path, SMALL.replace("steps = 10", "stpes = 1\nsecnds = 2"))
    status, out, err = call(capsys, "check", "small.toml")
    assert (status, out) == (2, [])
    assert err == [
        'small.toml:4: budget.stpes: unknown key. Did you mean "steps"?',
        'small.toml:5: budget.secnds: unknown key. Did you mean "seconds"?',
    ]


LISTED = {
    problems: [
        '      dataset = "digits": "digits", "wine", "iris", "breast_cancer", "files"',
        "      spectrum (not set): list of numbers at least 0",
        "      hidden = [10, 10]: list of whole numbers at least 1",
        "      650 parameters with these settings",
    ],
    optimizers: [
        "      learning_rate (required): number above 0, or schedule; tuned from "
        "0.0001 to 100",
        "      b1 = 0.9: number at least 0 and below 1",
        '      rule = "alternate": "long", "short", "alternate"',
        "      backtracking = false: true or false",
        "      decay_mask (not set)",
        "      optax.contrib.muon: learning_rate from 0.0001 to 10",
    ],
}


@pytest.mark.parametrize("package", LISTED, ids=lambda package: package.__name__)
def test_list_shows_every_setting(executor, capsys, package):
    status, out, _ = call(capsys, "list", package.__name__)
    text = "\n".join(out)
    assert status == 0
    assert out[0] == f"{package.__name__}:"
    assert all(f"\n  {name}: " in text for name in package.names())
    assert set(LISTED[package]) <= set(out)


def test_list_shows_both_kinds(executor, capsys):
    status, out, err = call(capsys, "list")
    assert (status, err) == (0, [])
    assert [line for line in out if line in ("problems:", "optimizers:")] == [
        "problems:",
        "optimizers:",
    ]
    shown = [line for line in out if line.startswith("      gradient = ")]
    assert shown[0].startswith('      gradient = "autodiff": "autodiff", "forward_')
    assert "      gradient_step (not set): number above 0 and at most 1e+30" in out
    assert "      batch (not set): whole number at least 1, or table" in out


def test_list_shows_the_first_of_many_names(executor, capsys):
    _, out, _ = call(capsys, "list", "problems")
    (shown,) = [line for line in out if line.startswith('      problem = "rosenbr": ')]
    assert shown.count('"') == 2 + 2 * 12
    assert shown.endswith(" more")


def test_versions_are_one_line(capsys):
    status, out, err = call(capsys, "--version")
    assert (status, err, len(out)) == (0, [], 1)
    assert re.match(r"gradmeter .*, python 3\.\d+\.\d+, jax 0\.", out[0])


def test_trials_of_an_earlier_plan_are_told(executor, capsys, monkeypatch, folder):
    for name in ("sgd", "L-BFGS"):
        call(capsys, "run", "small.toml", "--only", f"optimizer={name}")
    status, out, err = call(capsys, "table", folder)
    assert (status, out) == (0, ["ALL TABLES"])
    assert err == [
        f"{folder} also holds 8 trials of earlier plans, which are in no table: sgd on "
        "logistic_regression 4, sgd on quadratic 4; run the config that has all of "
        "them, to see them"
    ]
    call(capsys, "run", "small.toml")
    assert call(capsys, "table", folder) == (0, ["ALL TABLES"], [])


WRONG_CALLS = {
    (
        "export",
        "none",
    ): "Missing option '--to'. Choose from: tensorboard, wandb, mlflow",
    ("chekc", "x"): "No such command 'chekc'. Did you mean 'check'?",
    ("run",): "Missing argument 'CONFIG'.",
    ("run", "--devcie", "cpu", "x"): "No such option '--devcie'. (Did you mean "
    "one of: '--device', '--engine'?)",
    ("run", "small.toml", "--device", "abacus"): "Invalid value for '--device': "
    "'abacus' is not one of 'cpu', 'gpu', 'tpu'.",
    ("run", "none.toml"): "cannot read none.toml: No such file or directory",
    ("table", "none"): "none: not a run folder (it has no run.json)",
    ("plot", "none"): "none: not a run folder (it has no run.json)",
}


@pytest.mark.parametrize("words", WRONG_CALLS, ids=" ".join)
def test_a_wrong_call_is_one_line(executor, capsys, words):
    assert call(capsys, *words) == (2, [], [WRONG_CALLS[words]])


def test_every_verb_stands_in_the_readme():
    text = (Path(__file__).parents[3] / "README.md").read_text()
    section = text.partition("\n## Verbs\n")[2].partition("\n## ")[0]
    shown = re.findall(r"^\| `([a-z]+)", section, re.MULTILINE)
    assert sorted(shown) == sorted(str(verb.name) for verb in VERBS)


def test_help_goes_to_stderr(capsys):
    status, out, err = call(capsys, "--help")
    assert (status, out) == (0, [])
    assert err[0].startswith("Usage: python -m bench ")
    assert call(capsys, "run", "-h")[1] == []
