"""What a verb did not make, or cannot make again, is left as it is."""

import gzip
import importlib
import json
import shutil
from dataclasses import replace

import pytest

from bench.cli import main
from bench.core.errors import RunMissing
from bench.store import folder as run_folder
from bench.store import made, run_file
from bench.store.run import load

from ..synthetic_run import (
    Course,
    Racer,
    contents,
    plan,
    remove,
    write_plan,
    write_run,
)

RACERS = [Racer("sgd", 0.9), Racer("adam", 0.8)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a run folder with its tables and plots."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    write_run(folder, [Course(steps=30)], RACERS, seeds=2)
    assert main(["table", str(folder)]) == main(["plot", str(folder)]) == 0
    return folder


@pytest.fixture
def folder(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "run")


def without_trials(folder):
    shutil.rmtree(folder / "trials")


def without_one_trial(folder):
    remove(folder, plan(folder)[0].key)


def without_trials_or_list(folder):
    without_trials(folder)
    (folder / made.LIST).unlink()


def without_traces(folder):
    for path in (folder / "trials").glob("*.csv"):
        path.unlink()


LOST = [without_trials, without_one_trial, without_trials_or_list, without_traces]


@pytest.mark.parametrize("lose", LOST)
@pytest.mark.parametrize("verb", ["table", "plot"])
def test_what_cannot_be_made_again_is_left_and_named(folder, capsys, lose, verb):
    lose(folder)
    before = contents(folder)
    assert main([verb, str(folder)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    if lose is not without_traces:
        assert ("comparison.csv" if verb == "table" else "plots/bowl-") in line or (
            verb == "table" and "summary.csv" in line
        )
        assert "left as they are" in line
    assert contents(folder) == before


def test_after_the_old_ones_are_removed_new_ones_are_made(folder, capsys):
    without_one_trial(folder)
    for path in [*folder.glob("*.md"), *folder.glob("*.csv*"), folder / "costs.json"]:
        path.unlink()
    assert main(["table", str(folder)]) == 0
    assert "missing 1" in capsys.readouterr().out


def test_trials_of_another_plan_are_trials_that_are_there(folder):
    write_plan(folder, plan(folder)[:1])
    assert main(["table", str(folder)]) == main(["plot", str(folder)]) == 0
    assert "comparison.csv" not in contents(folder)  # made before, and no more


def test_plots_that_cannot_be_planned_leave_all_plots_as_they_were(folder, monkeypatch):
    before = contents(folder)

    def breaks(run, every):
        raise RuntimeError("a plot breaks")

    module = importlib.import_module("bench.report.plots.draw")
    monkeypatch.setattr(module, "jobs", breaks)
    with pytest.raises(RuntimeError, match="a plot breaks"):
        main(["plot", str(folder)])
    assert contents(folder) == before


def test_files_of_others_beside_the_plots_and_tables_stay(folder):
    others = {"plots/mine.svg": "a", "success.csv.bak": "b", "notes.md": "c"}
    for name, text in others.items():
        (folder / name).write_text(text)
    write_plan(folder, plan(folder)[:1])
    assert main(["table", str(folder)]) == main(["plot", str(folder)]) == 0
    after = contents(folder)
    assert {name: after[name].decode() for name in others} == others


@pytest.mark.parametrize("name", ["/etc/hosts", "../outside.md", "trials/../../x"])
def test_a_list_that_names_files_elsewhere_removes_none(folder, name):
    outside = folder.parent / "outside.md"
    outside.write_text("kept")
    listed = {"tables": {"trials": 0, "files": [name]}}
    (folder / made.LIST).write_text(json.dumps(listed))
    assert main(["table", str(folder)]) == 0
    assert outside.exists()


def test_tables_are_kept_without_the_trials(folder, tmp_path, capsys):
    kept = tmp_path / "kept"
    assert main(["table", str(folder), "--out", str(kept)]) == 0
    text = capsys.readouterr().out
    tables = {
        name for name in contents(folder) if name.endswith((".csv", ".gz", ".md"))
    }
    tables = {name for name in tables if "/" not in name}
    packed = {name for name in tables if name.endswith(".csv")} - {"prices.csv"}
    of_run = {"run.json", run_file.PLAN, "problems.json", "costs.json", made.LIST}
    before, whole = contents(kept), contents(folder)
    assert before.keys() == tables - packed | {f"{n}.gz" for n in packed} | of_run
    assert all(before[name] == whole[name] for name in tables - packed)
    assert all(gzip.decompress(before[f"{n}.gz"]) == whole[n] for n in packed)
    assert main(["table", str(kept)]) == 0
    out, err = capsys.readouterr()
    assert out == text
    assert "keeps only the tables" in err
    assert main(["plot", str(kept)]) == 2
    assert main(["table", str(folder), "--out", str(kept)]) == 0  # written again
    assert contents(kept) == before


@pytest.mark.parametrize("verb", ["report", "publish"])
def test_costs_that_were_changed_are_named(folder, tmp_path, verb, capsys):
    kept, out = tmp_path / "kept", tmp_path / "out"
    assert main(["table", str(folder), "--out", str(kept)]) == 0
    path = kept / "costs.csv.gz"
    text = gzip.decompress(path.read_bytes()).decode()
    path.write_bytes(gzip.compress(text.replace(",0,0,", ",0,first,", 1).encode()))
    capsys.readouterr()
    words = [verb, str(kept), "--out", str(out)]
    assert main(words) == 2
    assert f"{path}: its sha256 is not the one in costs.json" in _line(capsys)
    (kept / "costs.json").unlink()  # folders of earlier versions have none
    assert main(words) == 2
    assert f"{path}: row 2, column 'round': 'first' is no number" in _line(capsys)


def _line(capsys):
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_tables_are_not_written_among_other_files(folder, tmp_path, capsys):
    other = tmp_path / "other"
    other.mkdir()
    (other / "summary.md").write_text("mine")
    for there in (other, folder):
        before = contents(there)
        assert main(["table", str(folder), "--out", str(there)]) == 2
        assert "has files" in capsys.readouterr().err
        assert contents(there) == before


def test_what_is_kept_to_be_shared_takes_less_room_and_names_no_machine(
    folder, tmp_path
):
    described = run_file.read(folder)
    machine = {"host": "mine", "processor": "A"}
    run_folder.write(folder, replace(described, machine=machine))
    words = ["table", str(folder), "--out", str(tmp_path / "kept")]
    assert main([*words, "--table", "comparison"]) == 0
    kept = load(tmp_path / "kept")
    assert kept.record.machine == {"processor": "A"}
    assert kept.planned == described.planned
    names = contents(tmp_path / "kept").keys()
    csvs = {name for name in names if ".csv" in name}
    assert csvs == {
        *("summary.csv.gz", "comparison.csv.gz", "costs.csv.gz", "prices.csv"),
    }
    text = (tmp_path / "kept" / "summary.md").read_text()
    assert text.startswith("## Comparison by time")
    assert text in (folder / "summary.md").read_text()
    assert main([*words, "--table", "comparson"]) == 2
    (tmp_path / "kept" / run_file.PLAN).unlink()
    with pytest.raises(RunMissing, match=run_file.PLAN):
        load(tmp_path / "kept")


def test_a_folder_of_an_earlier_version_that_keeps_tables_is_read(folder):
    described = replace(run_file.read(folder), only_tables=True)
    run_folder.write(folder, described)
    assert load(folder).planned == described.planned
