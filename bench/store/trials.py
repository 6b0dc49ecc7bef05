"""Records of trials and of tuning on disk, written atomically."""

import csv
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.errors import RunError, RunMissing, StoreError, cannot
from ..core.readings import ALWAYS, READINGS
from ..core.records import TrialRecord, TuningRecord
from . import files, reading

COLUMNS = (
    *("step", "seconds", "measured", "loss", "suboptimality", "gradient_norm"),
    *("held_out_loss", *READINGS, "examples"),
)
"""Columns of a trace, which has a row for each recorded step.

Those of the metrics that were evaluated follow, as `core.metrics` names them, and the
params of a problem that has two of them. The file has one for a kind of `SOMETIMES`
only where such a call was made.
"""
SOMETIMES = tuple(name for name in READINGS if name not in ALWAYS)
Rows = Iterable[Mapping[str, Any]]


def write_trial(folder: Path, record: TrialRecord, rows: Rows | str) -> TrialRecord:
    """Write a trial: its CSV, then the JSON with the CSV's sha256.

    If a process is killed between the two, there is no JSON, and the trial runs again.

    Args:
        folder: The run folder.
        record: The trial's record; `csv_sha256` and `attempt` are filled in.
        rows: The trace's rows, or its text as CSV.

    Returns:
        The record as written.

    Raises:
        DiskFull: No room is left.
        StoreError: The system refuses.
    """
    text = rows if isinstance(rows, str) else to_csv(rows)
    written = replace(
        record,
        attempt=_attempts(folder, record.key) + 1,
        csv_sha256=hashlib.sha256(text.encode()).hexdigest(),
    )
    files.make_folder(folder / "trials")
    files.write(folder / "trials" / f"{record.key}.csv", text)
    amend(folder, written)
    return written


def amend(folder: Path, record: TrialRecord) -> None:
    """Replace a trial's record and keep its trace."""
    path = folder / "trials" / f"{record.key}.json"
    files.write(path, files.to_json(record.to_json()))


def to_csv(rows: Rows) -> str:
    """Return rows as CSV: shortest exact numbers, empty if missing."""
    listed_rows = list(rows)
    never = {x for x in SOMETIMES if not any(row.get(x) for row in listed_rows)}
    columns = [name for name in columns_of(listed_rows) if name not in never]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in listed_rows)
    return out.getvalue()


def columns_of(rows: Iterable[Iterable[str]]) -> list[str]:
    """Return the columns of a trace: `COLUMNS`, then the others as they first appear.

    Args:
        rows: The names in each of its rows.
    """
    others = dict.fromkeys(name for row in rows for name in row)
    return list(dict.fromkeys((*COLUMNS, *others)))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if hasattr(value, "item"):  # a NumPy scalar, whose repr is not a number
        value = value.item()
    return str(int(value)) if isinstance(value, bool) else repr(value)


def exists(folder: Path, key: str) -> bool:
    """Return whether a trial has a record, valid or not."""
    return (folder / "trials" / f"{key}.json").exists()


def read_trial(folder: Path, key: str) -> TrialRecord:
    """Read a finished trial's record, and check its trace against the sha256.

    Raises:
        RunError, RunMissing: A file was changed after it was written, or is missing.
        StoreError: A file cannot be read.
    """
    return reading.trial(folder / "trials" / f"{key}.json")[0]


def finished(
    folder: Path, tell: Callable[[str], None] = lambda line: None
) -> dict[str, TrialRecord]:
    """Return the record of every trial with valid files, by key.

    Other trials are reported to `tell` and moved to `trials/set-aside/`.

    Raises:
        StoreError: The folder cannot be read.
    """
    records: dict[str, TrialRecord] = {}
    for path in listed(folder / "trials"):
        try:
            records[path.stem] = read_trial(folder, path.stem)
        except (RunError, RunMissing) as error:
            set_aside(folder, path.stem)
            tell(f"{error}; set aside, to be run again")
    return records


def set_aside(folder: Path, key: str) -> None:
    """Move a trial's files to `trials/set-aside/`."""
    _move_aside(folder / "trials", key, (".csv", ".json"))


def _move_aside(place: Path, key: str, suffixes: Sequence[str]) -> None:
    """Move files to `set-aside/` beside them, under names that no file has."""
    aside = place / "set-aside"
    files.make_folder(aside)
    count = 0
    while any((aside / f"{key}.{count}{suffix}").exists() for suffix in suffixes):
        count += 1
    for suffix in suffixes:
        path = place / f"{key}{suffix}"
        try:
            path.replace(aside / f"{key}.{count}{suffix}")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise files.refused("move", path, error) from error


def listed(trials: Path) -> list[Path]:
    """Return the paths of the trials' records, sorted; none if there is no folder.

    Raises:
        StoreError: The folder cannot be read.
    """
    try:
        return sorted(p for p in trials.iterdir() if p.suffix == ".json")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise cannot("read", trials, error) from error


def _attempts(folder: Path, key: str) -> int:
    try:
        return read_trial(folder, key).attempt if exists(folder, key) else 0
    except StoreError:
        return 0


TUNING = "tuning"


def write_tuning(folder: Path, record: TuningRecord) -> None:
    """Write a task's record."""
    files.make_folder(folder / TUNING)
    path = folder / TUNING / f"{record.key}.json"
    files.write(path, files.to_json(record.to_json()))


def read_tuning(folder: Path, key: str) -> TuningRecord | None:
    """Return a task's record, or None if there is none.

    Raises:
        RunError: The file is not such a record.
        StoreError: It cannot be read.
    """
    try:
        return reading.record(folder / TUNING / f"{key}.json", TuningRecord)
    except RunMissing:
        return None


def set_tuning_aside(folder: Path, key: str) -> None:
    """Move a task's record to `tuning/set-aside/`."""
    _move_aside(folder / TUNING, key, (".json",))


def load_tuning(folder: Path) -> list[TuningRecord]:
    """Return all records of a run folder, by key."""
    keys = sorted(path.stem for path in (folder / TUNING).glob("*.json"))
    return [record for key in keys if (record := read_tuning(folder, key)) is not None]
