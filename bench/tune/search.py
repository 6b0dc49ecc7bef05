"""Draw settings, try them, widen ranges, refine near the best, and choose one."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import optimizers
from factories import FactoryError, placed
from optimizers import LogUniform

from ..config.tuning_task import TuningTask
from ..core.errors import RunError
from ..core.records import Origin, TuningRecord
from ..store.trials import read_tuning, set_tuning_aside
from .sample import (
    containing,
    count_beyond,
    joined,
    ranges_beyond,
    ranges_near,
    sample,
)
from .scores import deciding, winner

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
        "table": task.table.model_dump(exclude_none=True),
        **_metric(task),
        "draw_seed": task.draw_seed,
    }
    try:
        return TuningRecord(**shared, **_search(task, attempt))
    except NotTuned as error:
        return TuningRecord(**shared, reason=str(error))


def _metric(task: TuningTask) -> dict[str, Any]:
    """Return the metric by which settings are scored, as fields of a record."""
    if (metric := task.metric) is None:
        return {}
    return {"metric": metric.column, "higher_is_better": metric.higher_is_better}


class _Tried:
    """The settings tried so far, with their origins and scores."""

    def __init__(self, attempt: Try, task: TuningTask):
        self.settings: list[Settings] = []
        self.origins: list[Origin] = []
        self.scores: list[Scores] = []
        self._attempt, self._budget = attempt, task.table.budget
        self._deciding = deciding(task.table.criterion, task.metric)

    def add(self, *groups: tuple[Origin, Sequence[Settings]]) -> None:
        """Try settings, each group with its origin, in one sweep."""
        settings = [own for _, group in groups for own in group]
        self.scores += self._attempt(settings)
        self.settings += settings
        for origin, group in groups:
            self.origins.extend(origin for _ in group)

    @property
    def winner(self) -> int:
        """The index of the best setting."""
        scores = [each["choose"] for each in self.scores]
        return winner(scores, self._deciding, self._budget)

    @property
    def best(self) -> Settings:
        """The best setting."""
        return self.settings[self.winner]


def _search(task: TuningTask, attempt: Try) -> dict[str, Any]:
    """Return the result of the search, as fields of a `TuningRecord`."""
    table, ranges = task.table, dict(task.ranges)
    tried = _Tried(attempt, task)
    untuned = [task.untuned] if task.untuned else []
    spread = sample(ranges, table.trials - len(untuned), task.seed)
    tried.add(("untuned", untuned), ("range", spread))
    for own in untuned:
        ranges = containing(ranges, own)
    ranges, widened = _widen(task, tried, ranges)
    near = ranges_near(ranges, tried.settings, tried.best)
    if near and table.refine:
        seed = task.seed + table.widen + 1  # a seed of its own, whatever was widened
        drawn = sample(near, table.refine, seed)
        tried.add(("near_best", [tried.best | own for own in drawn]))
    added = ranges_beyond(ranges, tried.settings, tried.best)
    return {
        "ranges": {name: list(ends) for name, ends in ranges.items()},
        "widened": widened,
        "settings": tried.settings,
        "origins": tried.origins,
        "scores": tried.scores,
        "winner": tried.winner,
        "at_edge": [name for name, ends in added.items() if ends != ranges[name]],
    }


def _widen(
    task: TuningTask, tried: _Tried, ranges: dict[str, LogUniform]
) -> tuple[dict[str, LogUniform], int]:
    """Extend ranges while the best setting is at an edge; return them and how often."""
    table, widened = task.table, 0
    added = ranges_beyond(ranges, tried.settings, tried.best)
    while added and widened < table.widen and _taken(task, added):
        count = count_beyond(task.ranges, added, table.trials)
        widened += 1
        tried.add(("beyond", sample(added, count, task.seed + widened)))
        ranges = joined(ranges, added)
        added = ranges_beyond(ranges, tried.settings, tried.best)
    return ranges, widened


def _taken(task: TuningTask, added: Mapping[str, LogUniform]) -> bool:
    """Return whether the factory accepts both bounds of the added ranges."""
    own = task.spec.optimizer
    try:
        for end in range(2):
            ends = {name: pair[end] for name, pair in added.items()}
            optimizers.check(own.name, placed(own.settings, ends))
    except (FactoryError, optimizers.NotApplicable):
        return False
    return True


def is_tuned(task: TuningTask, folder: Path, tell: Callable[[str], None]) -> bool:
    """Return whether a run folder has a valid record of a task; move a damaged one."""
    try:
        return read_tuning(folder, task.key) is not None
    except RunError as error:
        set_tuning_aside(folder, task.key)
        tell(f"{error}; set aside, to be tuned again")
        return False


def chosen(records: Iterable[TuningRecord | None]) -> dict[str, dict[str, float]]:
    """Return the settings that were chosen, by the key of their task."""
    return {r.key: r.chosen for r in records if r is not None and r.chosen is not None}


def outcome(record: TuningRecord) -> str:
    """Return a line on what was chosen, or why nothing was.

    It states the memory of the sweep that needed most, if trials ran together.
    """
    what = f"{record.problem_label} {record.label}"
    if len(record.table["draw_seeds"]) > 1:
        what += f", draw seed {record.draw_seed}"
    if record.chosen is None:
        return f"{what}: not tuned: {record.reason}"
    best = ", ".join(f"{name} {value:g}" for name, value in record.chosen.items())
    edge = " (at the edge)" if record.at_edge else ""
    most = max(record.fits, key=lambda fit: fit.bytes or 0, default=None)
    memory = "" if most is None else f"; {most}"
    return f"{what}: {best}{edge} of {len(record.settings)} settings{memory}"
