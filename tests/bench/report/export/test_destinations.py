"""What every destination shares: the trials, the folder, what is not installed."""

import sys
from dataclasses import replace

import pytest

from bench.cli import main
from bench.core.errors import BenchError, RunError
from bench.report.export import DESTINATIONS, destinations, export
from bench.report.export.trials import exported
from bench.report.groups import Results
from bench.report.tables.summary import Tables
from bench.store import made
from bench.store.run import load


def test_a_trial_has_its_settings_its_trace_and_its_results(run):
    adam, *_ = trials = exported(run)
    assert [trial.name for trial in trials] == [
        *("bowl/adam/seed_0", "bowl/adam/seed_1"),
        *("bowl/a_b_wild/seed_0", "bowl/a_b_wild/seed_1"),
    ]
    assert adam.hyperparameters == {
        "problem": "bowl",
        "optimizer": "adam",
        "seed": 0,
        "round": 0,
        "dtype": "float32",
        "learning_rate": 0.1,
        "settings.seed": 3,
        "mask": '["a"]',
    }
    rows = list(adam.scalars())
    trace = run.trace(adam.key)
    assert [step for step, _, _ in rows] == trace["step"].tolist()
    assert [seconds for _, seconds, _ in rows] == trace["seconds"].tolist()
    assert [values["loss"] for _, _, values in rows] == trace["loss"].tolist()
    assert "gradient" in rows[0][2]
    assert "hessian" not in rows[0][2]  # never asked for
    looked = [step for step, _, values in rows if "held_out_accuracy" in values]
    assert 0 < len(looked) < len(rows)
    record = next(r for r in run.records if r.key == adam.key)
    assert adam.results["seconds_to_target"] == record.seconds_to_target
    assert [trial.failed for trial in trials] == [False, False, False, True]


def test_what_is_not_installed_is_one_line(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(destinations, "find_spec", lambda name: None)
    for to, one in DESTINATIONS.items():
        words = ["export", str(run.folder), "--to", to, "--out", str(tmp_path / to)]
        assert main(words) == 2
        out, err = capsys.readouterr()
        assert (out, err) == (
            "",
            f"{to} is not installed: pip install {one.install}\n",
        )
        assert not (tmp_path / to).exists()


def test_what_cannot_be_imported_is_one_line(run, tmp_path, monkeypatch):
    monkeypatch.setattr(destinations, "find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(BenchError, match="wandb cannot be imported: ModuleNotFound"):
        export(run, "wandb", tmp_path / "out")


def test_files_of_before_are_left_alone(run, tmp_path):
    pytest.importorskip("tensorboard")
    (tmp_path / "mine").write_text("kept")
    with pytest.raises(BenchError, match="has files: give --out a new folder"):
        export(run, "tensorboard", tmp_path)
    assert (tmp_path / "mine").read_text() == "kept"


def test_a_folder_of_tables_has_nothing_to_export(run, tmp_path):
    pytest.importorskip("tensorboard")
    made.keep(run, tmp_path / "kept", Tables(Results(run)).contents())
    with pytest.raises(BenchError, match="keeps only the tables"):
        export(load(tmp_path / "kept"), "tensorboard", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_run_without_finished_trials_is_not_exported(run, tmp_path):
    pytest.importorskip("tensorboard")
    empty = replace(run, records=())
    with pytest.raises(RunError, match="no finished trials to export"):
        export(empty, "tensorboard", tmp_path / "new")
    assert not (tmp_path / "new").exists()
