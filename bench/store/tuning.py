"""The records of tuning in a run folder: one JSON a task."""

import json
from pathlib import Path

from ..core.records import RecordError, TuningRecord
from . import files

FOLDER = "tuning"


def write(folder: Path, record: TuningRecord) -> None:
    """Write a task's record whole."""
    files.make_folder(folder / FOLDER)
    path = folder / FOLDER / f"{record.key}.json"
    files.write(path, files.to_json(record.to_json()))


def read(folder: Path, key: str) -> TuningRecord | None:
    """Return a task's record; None where there is none, or no whole one."""
    try:
        plain = json.loads((folder / FOLDER / f"{key}.json").read_bytes())
        return TuningRecord.from_json(plain)
    except (OSError, ValueError, TypeError, RecordError):
        return None


def load(folder: Path) -> list[TuningRecord]:
    """Return all records of a run folder, by key."""
    keys = sorted(path.stem for path in (folder / FOLDER).glob("*.json"))
    return [record for key in keys if (record := read(folder, key)) is not None]
