"""Do the tuning that is not done yet, and say what was chosen."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .records import Record, read, write
from .search import Try, search
from .task import Task


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
