"""What tuning came to, kept in the run folder: one JSON a task."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from math import inf
from pathlib import Path
from typing import Any

from .. import files
from ..store import make_folder, to_json
from .search import Try, search
from .task import Task

Record = dict[str, Any]
FOLDER = "tuning"


def tune(
    tasks: Sequence[Task],
    folder: Path,
    attempts: Callable[[Task], Try],
    tell: Callable[[str], None],
) -> None:
    """Do the tasks that are not done yet.

    A task whose settings could not be tried chose nothing: its trials are run with
    the settings that stand without tuning, and say themselves what is wrong.

    Args:
        tasks: What is to be tuned.
        folder: The run folder.
        attempts: From a task to what tries its settings; raises `Untried`.
        tell: Told a line for each task.
    """
    for number, task in enumerate(tasks, 1):
        if read(folder, task.key) is None:
            record = tuned(task, attempts(task))
            write(folder, record)
            tell(f"[tuning {number}/{len(tasks)}] {_words(record)}")


def chosen(tasks: Sequence[Task], folder: Path) -> dict[str, dict[str, Any]]:
    """Return what each task chose, by its key; of those that chose something."""
    records = (read(folder, task.key) for task in tasks)
    return {r["key"]: r["chosen"] for r in records if r and "chosen" in r}


class Untried(Exception):
    """A sweep could not be done; the sentence says why."""


def tuned(task: Task, attempt: Try) -> Record:
    """Return a task's record: its search, or the reason why there is none."""
    shared = {
        "key": task.key,
        "problem_label": task.spec.problem_label,
        "label": task.spec.label,
        "problem": asdict(task.spec.problem),
        "optimizer": asdict(task.spec.optimizer),
        "table": task.table.model_dump(),
    }
    try:
        return shared | search(task, attempt)
    except Untried as error:
        return shared | {"reason": str(error)}


def _words(record: Record) -> str:
    what = f"{record['problem_label']} {record['label']}"
    if "reason" in record:
        return f"{what}: not tuned: {record['reason']}"
    best = ", ".join(f"{name} {value:g}" for name, value in record["chosen"].items())
    edge = " (at the edge)" if record["at_edge"] else ""
    return f"{what}: {best}{edge} of {len(record['settings'])} settings"


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
