"""What trials of one cell spent on the same work."""

from collections.abc import Mapping, Sequence
from math import log, nan
from typing import Any, NamedTuple

import numpy as np

from ..keeping.reading import Run
from ..telling.entries import Entry
from ..telling.weigh import CALLS

UNFINISHED = ("failed", "skipped")


class Trial(NamedTuple):
    """A finished trial and its trace as columns.

    Attributes:
        record: As in its JSON.
        steps, seconds, losses: float[rows].
        readings: float[rows, 6], in the order of `CALLS`.
    """

    record: dict[str, Any]
    steps: np.ndarray
    seconds: np.ndarray
    losses: np.ndarray
    readings: np.ndarray

    @property
    def end(self) -> str:
        """Return the word it ended with."""
        return self.record["end"]


Trials = Mapping[tuple[int, int], Trial]
"""By seed and round."""


class Spent(NamedTuple):
    """What a trial had spent, and its loss, at one of its steps."""

    step: int
    seconds: float
    loss: float
    readings: np.ndarray


def trials(run: Run, entry: Entry) -> dict[tuple[int, int], Trial]:
    """Return an entry's finished trials with their traces."""
    found = {}
    for record in entry.records:
        trace = run.trace(record["key"])[["step", "seconds", "loss", *CALLS]]
        step, seconds, loss, *readings = trace.to_numpy(float).T
        at = record["seed"], record["round"]
        found[at] = Trial(record, step, seconds, loss, np.stack(readings, -1))
    return found


def same_work(side: Sequence[Trial]) -> list[Spent] | None:
    """Return what each trial spent on the work that all of them did.

    Where all reached the same target, that is the work. Elsewhere it is the last step
    that all of them have recorded: trials that end with the seconds of a budget have
    not done as many.

    Returns:
        None where they share no step.
    """
    if reached_the_same(side):
        return [_at(trial, len(trial.steps) - 1) for trial in side]
    shared = set.intersection(*(set(trial.steps.tolist()) for trial in side))
    if not shared:
        return None
    last = max(shared)
    return [_at(trial, int(np.searchsorted(trial.steps, last))) for trial in side]


def reached_the_same(side: Sequence[Trial]) -> bool:
    """Return whether all trials reached their target, and it was the same loss."""
    targets = [trial.record.get("target_loss") or 0.0 for trial in side]
    ended = all(trial.end == "target" for trial in side)
    return ended and bool(np.allclose(targets, targets[0], rtol=1e-9, atol=1e-12))


def log_seconds(cells: Sequence[Sequence[Trials]]) -> list[np.ndarray]:
    """Return the log seconds of the same work, for each run.

    Args:
        cells: For each cell its trials in each run; at least one cell.

    Returns:
        float[cell, seed, round] for each run; nan where there is no such trial, or
        nothing was timed in it.
    """
    found = [[_logs(cell, seed) for seed in _shared(cell)] for cell in cells]
    sides = range(len(cells[0]))
    return [_array([[seed[k] for seed in cell] for cell in found]) for k in sides]


def _shared(cell: Sequence[Trials]) -> list[int]:
    """Return the seeds that were timed in every run."""
    seeds = ({seed for (seed, _), t in side.items() if _timed(t)} for side in cell)
    return sorted(set.intersection(*seeds))


def _logs(cell: Sequence[Trials], seed: int) -> list[dict[int, float]]:
    """Return the log seconds of a seed by round, for each run."""
    places = [
        (side, turn)
        for side, trials in enumerate(cell)
        for (of, turn), trial in trials.items()
        if of == seed and _timed(trial)
    ]
    spent = same_work([cell[side][seed, turn] for side, turn in places])
    logs: list[dict[int, float]] = [{} for _ in cell]
    for (side, turn), one in zip(places, spent or (), strict=bool(spent)):
        logs[side][turn] = log(one.seconds) if one.seconds > 0 else nan
    return logs


def _timed(trial: Trial) -> bool:
    return trial.end not in UNFINISHED and len(trial.steps) > 0


def _array(table: list[list[dict[int, float]]]) -> np.ndarray:
    seeds = max(1, *map(len, table))
    turns = [turn for row in table for logs in row for turn in logs]
    array = np.full((len(table), seeds, 1 + max(turns, default=0)), nan)
    for place, row in enumerate(table):
        for column, logs in enumerate(row):
            array[place, column, list(logs)] = list(logs.values())
    return array


def _at(trial: Trial, row: int) -> Spent:
    return Spent(
        int(trial.steps[row]),
        float(trial.seconds[row]),
        float(trial.losses[row]),
        trial.readings[row],
    )
