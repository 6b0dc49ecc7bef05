"""Trials on disk: whole, checked, and set aside where they are not."""

import csv
import errno
import hashlib
import json
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.core.errors import DiskFull, RunMissing, StoreError
from bench.core.records import TrialRecord
from bench.core.spec import Named, Spec
from bench.store import files, trials

ROW = {"step": 0, "seconds": 0.0, "measured": True, "loss": np.float32(0.1)}
SPEC = Spec(Named("quadratic"), Named("sgd"), key="a-1")
RECORD = TrialRecord(SPEC, "target", final_loss=math.inf)
OTHER = replace(RECORD, spec=replace(SPEC, key="b-2"))


def test_what_is_written_is_read_back(tmp_path):
    written = trials.write_trial(tmp_path, RECORD, [ROW])
    record = trials.read_trial(tmp_path, "a-1")
    text = (tmp_path / "trials" / "a-1.csv").read_text()
    assert record == written
    assert record == replace(RECORD, attempt=1, csv_sha256=written.csv_sha256)
    assert written.csv_sha256 == hashlib.sha256(text.encode()).hexdigest()
    rows = list(csv.DictReader(text.splitlines()))
    columns = [x for x in trials.COLUMNS if x not in trials.SOMETIMES]
    assert list(rows[0]) == columns
    assert rows[0]["measured"] == "1"
    assert float(rows[0]["loss"]) == float(np.float32(0.1))
    assert rows[0]["gradient_norm"] == ""


@pytest.mark.parametrize("value", [1e-300, 0.1, 1 / 3, 2.0**60, -0.0, 5e-324])
def test_doubles_come_back_exactly(value):
    text = trials.to_csv([{"loss": value}, {"loss": np.float64(value)}])
    assert [float(line.split(",")[3]) for line in text.splitlines()[1:]] == [value] * 2


def test_another_attempt_is_counted(tmp_path):
    for attempt in (1, 2, 3):
        assert trials.write_trial(tmp_path, RECORD, []).attempt == attempt


def spoil_csv(trials):
    (trials / "a-1.csv").write_text("step\n1\n")


def spoil_json(trials):
    (trials / "a-1.json").write_text('{"key": "a-1"')


def other_json(trials):
    (trials / "a-1.json").write_text("[]")


def wrong_json(trials):
    path = trials / "a-1.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"steps": "ten"}))


def swapped_json(trials):
    (trials / "a-1.json").write_bytes((trials / "b-2.json").read_bytes())


def drop_csv(trials):
    (trials / "a-1.csv").unlink()


SPOILT = {
    spoil_csv: "a-1.csv: its sha256 is not the one in a-1.json",
    spoil_json: "a-1.json: not JSON: Expecting ',' delimiter: line 1 column 14 "
    "(char 13)",
    other_json: "a-1.json: not a JSON object",
    wrong_json: "a-1.json: 'steps' is 'ten'",
    swapped_json: "a-1.json: holds the trial 'b-2'",
    drop_csv: "a-1.csv: no such file",
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_spoilt_trial_is_named_and_set_aside(tmp_path, spoil):
    trials.write_trial(tmp_path, RECORD, [ROW])
    trials.write_trial(tmp_path, OTHER, [ROW])
    spoil(tmp_path / "trials")
    lines = []
    assert list(trials.finished(tmp_path, lines.append)) == ["b-2"]
    words = "set aside, to be run again"
    assert lines == [f"{tmp_path}/trials/{SPOILT[spoil]}; {words}"]
    assert (tmp_path / "trials" / "set-aside" / "a-1.0.json").exists()
    assert list(trials.finished(tmp_path, lines.append)) == ["b-2"]
    assert len(lines) == 1


def test_setting_aside_twice_loses_nothing(tmp_path):
    for _ in range(2):
        trials.write_trial(tmp_path, RECORD, [ROW])
        spoil_csv(tmp_path / "trials")
        trials.finished(tmp_path)
    aside = tmp_path / "trials" / "set-aside"
    assert len(list(aside.glob("*.csv"))) == 2


def test_a_trial_set_aside_never_replaces_another(tmp_path):
    aside = tmp_path / "trials" / "set-aside"
    for text in ("first", "second", "third"):
        trials.write_trial(tmp_path, RECORD, [ROW])
        (tmp_path / "trials" / "a-1.csv").write_text(text)
        trials.finished(tmp_path)
        (aside / "a-1.0.json").unlink(missing_ok=True)
    assert {path.read_text() for path in aside.glob("*.csv")} == {
        *("first", "second", "third")
    }


def test_a_trial_that_is_being_written_again_is_not_set_aside(tmp_path, monkeypatch):
    trials.write_trial(tmp_path, RECORD, [ROW])
    path = tmp_path / "trials" / "a-1.csv"
    whole = path.read_text()
    path.write_text("half way")
    monkeypatch.setattr(
        "bench.store.reading.time.sleep", lambda seconds: path.write_text(whole)
    )
    lines = []
    assert list(trials.finished(tmp_path, lines.append)) == ["a-1"]
    assert lines == []


def test_a_full_disk_keeps_what_was_there(tmp_path, monkeypatch):
    trials.write_trial(tmp_path, RECORD, [ROW])

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match=r"no room is left for .*a-1\.csv") as caught:
        trials.write_trial(tmp_path, RECORD, [ROW, ROW])
    monkeypatch.undo()
    assert caught.value.status == 1
    assert trials.read_trial(tmp_path, "a-1").attempt == 1
    assert not list((tmp_path / "trials").glob(".*"))


def test_a_folder_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make"):
        trials.write_trial(tmp_path / "file", RECORD, [])
    with pytest.raises(StoreError, match="cannot read"):
        trials.finished(tmp_path / "file")


def test_a_trial_that_is_not_there(tmp_path):
    with pytest.raises(RunMissing, match=r"none\.json: no such file"):
        trials.read_trial(tmp_path, "none")


def ended():
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_temporary_files_of_dead_writers_are_removed_and_no_others(tmp_path):
    here, dead = files._HOST, ended()
    gone = {f".a.csv.{here}-{dead}.tmp": 0, ".b.csv.elsewhere-1.tmp": 3700}
    gone[".c.csv.17.tmp"] = 3700  # of an earlier version
    kept = {
        f".a.csv.{here}-{os.getpid()}.tmp": 0,
        ".b.json.elsewhere-1.tmp": 0,
        ".notes.tmp": 1e6,
        f"a.csv.{here}-{dead}.tmp": 1e6,
        f".a.csv.{here}-{dead}": 1e6,
    }
    for name, age in (gone | kept).items():
        (tmp_path / name).write_text("")
        os.utime(tmp_path / name, (0, time.time() - age))
    half = tmp_path / f".plots.{here}-{dead}.tmp"
    half.mkdir()
    (half / "a.svg").write_text("")
    files.remove_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(kept)


def test_the_temporary_file_of_a_killed_writer_is_removed(tmp_path):
    words = "import os, signal, sys; from pathlib import Path\n"
    words += "from bench.store import files\n"
    words += "os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n"
    words += "files.write(Path(sys.argv[1]) / 'a.csv', 'text')"
    path = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", words, str(tmp_path)], cwd=path)
    assert [p.suffix for p in tmp_path.iterdir()] == [".tmp"]
    files.remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_set_of_files_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    files.write_all(dict.fromkeys(paths, "before"))
    fsync, calls = os.fsync, []

    def full(descriptor):
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DiskFull, match=r"no room is left for .*c\.csv"):
        files.write_all(dict.fromkeys(paths, "after"))
    assert sorted(tmp_path.iterdir()) == paths
    assert {path.read_text() for path in paths} == {"before"}


WRITER = """
import sys
from pathlib import Path
from bench.core.records import TrialRecord
from bench.core.spec import Named, Spec
from bench.store import trials
rows = [{"step": n, "loss": 1 / (n + 1)} for n in range(200)]
for n in range(100000):
    spec = Spec(Named("quadratic"), Named("sgd"), key=f"t-{n}")
    trials.write_trial(Path(sys.argv[1]), TrialRecord(spec, "target"), rows)
    print(n, flush=True)
"""


@pytest.mark.parametrize("delay", [0.0, 0.003, 0.011, 0.029])
def test_a_killed_writer_leaves_only_whole_trials(tmp_path, delay):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(delay)
    writer.send_signal(signal.SIGKILL)
    printed = writer.stdout.read().split()
    writer.wait()
    writer.stdout.close()
    lines = []
    records = trials.finished(tmp_path, lines.append)
    assert {f"t-{n}" for n in range(1 + len(printed))} <= records.keys()
    assert lines == []


def test_records_are_the_same_text_every_time(tmp_path):
    path = tmp_path / "trials" / "a-1.json"
    trials.write_trial(tmp_path, RECORD, [ROW])
    first = path.read_bytes()
    trials.amend(tmp_path, trials.read_trial(tmp_path, "a-1"))
    assert path.read_bytes() == first
    path.unlink()
    trials.write_trial(tmp_path, RECORD, [ROW])
    assert path.read_bytes() == first
    assert json.loads(first)["final_loss"] == math.inf
