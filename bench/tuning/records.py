"""The records of tuning in a run folder: one JSON a task."""

import json
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import Any

from ..keeping import files
from ..keeping.store import make_folder, to_json

Record = dict[str, Any]
FOLDER = "tuning"


def write(folder: Path, record: Mapping[str, Any]) -> None:
    """Write a task's record whole."""
    make_folder(folder / FOLDER)
    files.write(folder / FOLDER / f"{record['key']}.json", to_json(_plain(record)))


def read(folder: Path, key: str) -> Record | None:
    """Return a task's record; None where there is none, or no whole one."""
    try:
        record = json.loads((folder / FOLDER / f"{key}.json").read_bytes())
    except (OSError, ValueError):
        return None
    return _back(record) if isinstance(record, dict) else None


def load(folder: Path) -> list[Record]:
    """Return all records of a run folder, by key."""
    keys = sorted(path.stem for path in (folder / FOLDER).glob("*.json"))
    return [record for key in keys if (record := read(folder, key)) is not None]


def _plain(value: Any) -> Any:
    """Return a record without infinities, which JSON does not know: null."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return None if value == inf else value


def _back(record: Record) -> Record:
    """Undo `_plain`: a score that is null was never enough."""
    for lane in record.get("lanes", ()):
        for row in (*lane["choose"], *lane["score"]):
            row.update({name: inf for name, value in row.items() if value is None})
    return record
