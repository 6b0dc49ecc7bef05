"""Draw settings, try them, widen ranges with the best at an edge, and choose one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import optimizers
from factories import FactoryError
from optimizers import LogUniform

from ..config.plan import TuningTask
from ..core.errors import RunError
from ..core.records import TuningRecord
from ..store.trials import read_tuning, set_tuning_aside, write_tuning
from .sample import count_beyond, joined, ranges_beyond, sample
from .scores import winner

Settings = dict[str, float]
Scores = dict[str, list[dict[str, Any]]]
Try = Callable[[Sequence[Settings]], list[Scores]]
"""Tries settings and returns the scores of each, as `tune.sweep.try_settings`."""


class NotTuned(Exception):
    """A sweep could not be run; the message states why."""


def search(task: TuningTask, attempt: Try) -> TuningRecord:
    """Return a task's record: the best setting, or why nothing could be tried.

    Args:
        task: The task.
        attempt: Tries settings; may raise `NotTuned`.
    """
    shared = {
        "key": task.key,
        "problem_label": task.spec.problem_label,
        "label": task.spec.label,
        "problem": task.spec.problem,
        "optimizer": task.spec.optimizer,
        "table": task.table.model_dump(),
    }
    try:
        return TuningRecord(**shared, **_search(task, attempt))
    except NotTuned as error:
        return TuningRecord(**shared, reason=str(error))


def _search(task: TuningTask, attempt: Try) -> dict[str, Any]:
    """Return the result of the search, as fields of a `TuningRecord`."""
    table, ranges = task.table, dict(task.ranges)
    settings = sample(ranges, table.trials, task.seed)
    scores = attempt(settings)
    widened, best = 0, _winner(scores, table.criterion)
    added = ranges_beyond(ranges, settings, settings[best])
    while added and widened < table.widen and _taken(task, added):
        count = count_beyond(task.ranges, added, table.trials)
        further = sample(added, count, task.seed + widened + 1)
        settings, scores = settings + further, scores + attempt(further)
        ranges, widened = joined(ranges, added), widened + 1
        best = _winner(scores, table.criterion)
        added = ranges_beyond(ranges, settings, settings[best])
    return {
        "ranges": {name: list(ends) for name, ends in ranges.items()},
        "widened": widened,
        "settings": settings,
        "scores": scores,
        "winner": best,
        "at_edge": [name for name, ends in added.items() if ends != ranges[name]],
    }


def _winner(scores: Sequence[Scores], criterion: Any) -> int:
    return winner([by_seed["choose"] for by_seed in scores], criterion)


def _taken(task: TuningTask, added: Mapping[str, LogUniform]) -> bool:
    """Return whether the factory accepts both bounds of the added ranges."""
    own = task.spec.optimizer
    try:
        for end in range(2):
            ends = {name: pair[end] for name, pair in added.items()}
            optimizers.check(own.name, own.settings | ends)
    except (FactoryError, optimizers.NotApplicable):
        return False
    return True


def tune(
    tasks: Sequence[TuningTask],
    folder: Path,
    attempts: Callable[[TuningTask], Try],
    tell: Callable[[str], None],
) -> None:
    """Run the missing tasks, and write a record of each into the run folder.

    If no settings of a task could be tried, its trials run with the default settings,
    and their records state the error.

    Args:
        tasks: The tasks.
        folder: The run folder.
        attempts: From a task to the function that tries its settings.
        tell: Called with a line for each task.
    """
    for number, task in enumerate(tasks, 1):
        if not _is_tuned(task, folder, tell):
            record = search(task, attempts(task))
            write_tuning(folder, record)
            tell(f"[tuning {number}/{len(tasks)}] {_line(record)}")


def _is_tuned(task: TuningTask, folder: Path, tell: Callable[[str], None]) -> bool:
    """Return whether the folder has a valid record of a task; move a damaged one."""
    try:
        return read_tuning(folder, task.key) is not None
    except RunError as error:
        set_tuning_aside(folder, task.key)
        tell(f"{error}; set aside, to be tuned again")
        return False


def chosen(records: Iterable[TuningRecord | None]) -> dict[str, dict[str, float]]:
    """Return the settings that were chosen, by the key of their task."""
    return {r.key: r.chosen for r in records if r is not None and r.chosen is not None}


def _line(record: TuningRecord) -> str:
    what = f"{record.problem_label} {record.label}"
    if record.chosen is None:
        return f"{what}: not tuned: {record.reason}"
    best = ", ".join(f"{name} {value:g}" for name, value in record.chosen.items())
    edge = " (at the edge)" if record.at_edge else ""
    return f"{what}: {best}{edge} of {len(record.settings)} settings"
