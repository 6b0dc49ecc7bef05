"""The trials of two runs that are compared, and the cost of the same work."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from math import log, nan
from typing import NamedTuple

import numpy as np

from ...core.identity import identity
from ...core.readings import READINGS
from ...core.records import TrialRecord
from ...store.run import Run
from ..groups import Results, TrialGroup


class Pair(NamedTuple):
    """One optimizer on one problem, as two runs measured it."""

    a: TrialGroup
    b: TrialGroup

    @property
    def names(self) -> tuple[str, str]:
        """Return the labels of problem and optimizer in B."""
        return self.b.problem, self.b.optimizer


class Matched(NamedTuple):
    """The groups that two runs share, in B's order, and those that only one has."""

    pairs: list[Pair]
    only_a: list[TrialGroup]
    only_b: list[TrialGroup]


def match(a: Run, b: Run) -> Matched:
    """Match equal settings first, then the remaining labels unique in each run.

    The second kind is an optimizer or a problem whose settings were changed.
    """
    left, right = Results(a).groups, Results(b).groups
    order = [id(group) for group in right]
    pairs: list[Pair] = []
    for name in (_settings, _labels):
        once = _once(left, name), _once(right, name)
        shared = [Pair(once[0][key], once[1][key]) for key in once[1] if key in once[0]]
        left = _less(left, (pair.a for pair in shared))
        right = _less(right, (pair.b for pair in shared))
        pairs += shared
    return Matched(sorted(pairs, key=lambda p: order.index(id(p.b))), left, right)


def _settings(group: TrialGroup) -> Hashable:
    return identity(group.spec)


def _labels(group: TrialGroup) -> Hashable:
    return group.spec.problem_label, group.spec.label


def _once(
    groups: Iterable[TrialGroup], name: Callable[[TrialGroup], Hashable]
) -> dict[Hashable, TrialGroup]:
    """Return the groups whose name no other has."""
    named = defaultdict(list)
    for group in groups:
        named[name(group)].append(group)
    return {key: alike[0] for key, alike in named.items() if len(alike) == 1}


def _less(groups: list[TrialGroup], taken: Iterable[TrialGroup]) -> list[TrialGroup]:
    ids = {id(group) for group in taken}
    return [group for group in groups if id(group) not in ids]


UNFINISHED = ("failed", "skipped")


class TracedTrial(NamedTuple):
    """A finished trial and its trace as columns.

    Attributes:
        record: As in its JSON.
        steps, seconds, losses: float[rows].
        measured: bool[rows], whether the seconds were measured, not interpolated.
        readings: float[rows, kinds].
    """

    record: TrialRecord
    steps: np.ndarray
    seconds: np.ndarray
    losses: np.ndarray
    readings: np.ndarray
    measured: np.ndarray

    @property
    def end(self) -> str:
        """Return its end."""
        return self.record.end


Trials = Mapping[tuple[int, int], TracedTrial]
"""By seed and round."""


class Work(NamedTuple):
    """The cost of a trial up to one of its steps, and its loss there."""

    step: int
    seconds: float
    loss: float
    readings: np.ndarray


def traced_trials(run: Run, group: TrialGroup) -> dict[tuple[int, int], TracedTrial]:
    """Return a group's finished trials with their traces, without lost ones."""
    traced = {}
    for record in group.known:
        columns = ["step", "seconds", "measured", "loss", *READINGS]
        trace = run.trace(record.key)[columns].to_numpy(float)
        step, seconds, measured, loss, *readings = trace.T
        at = record.spec.seed, record.spec.round
        traced[at] = TracedTrial(
            record, step, seconds, loss, np.stack(readings, -1), measured > 0
        )
    return traced


def same_work(side: Sequence[TracedTrial]) -> list[Work] | None:
    """Return what each trial spent on the same work.

    If all reached the same target, the work ends there, and otherwise at the last step
    that all of them have recorded: trials that end because their seconds are spent have
    not taken equally many steps.

    Returns:
        None if they share no step.
    """
    if reached_the_same(side):
        return [_at(trial, len(trial.steps) - 1) for trial in side]
    shared = _shared_steps(side)
    if not len(shared):
        return None
    last = shared[-1]
    return [_at(trial, int(np.searchsorted(trial.steps, last))) for trial in side]


def same_timed_work(side: Sequence[TracedTrial]) -> list[Work] | None:
    """Return the same work whose seconds can be compared.

    As `same_work`, but at the last step whose seconds were either measured in all
    trials or interpolated in all.

    Returns:
        None if there is no such step.
    """
    if reached_the_same(side):
        ends = [len(trial.steps) - 1 for trial in side]
        return _timed_alike(side, [np.array([end]) for end in ends])
    shared = _shared_steps(side)
    return _timed_alike(side, [np.searchsorted(t.steps, shared) for t in side])


def _timed_alike(
    side: Sequence[TracedTrial], rows: Sequence[np.ndarray]
) -> list[Work] | None:
    """Return the last work whose seconds are of one kind.

    Args:
        side: The trials.
        rows: int[n] of each trial, the rows of the same work.
    """
    measured = np.array([t.measured[at] for t, at in zip(side, rows, strict=True)])
    fit = np.flatnonzero((measured == measured[:1]).all(0))
    if not len(fit):
        return None
    return [_at(t, int(at[fit[-1]])) for t, at in zip(side, rows, strict=True)]


def _shared_steps(side: Sequence[TracedTrial]) -> np.ndarray:
    """Return the steps that all trials have recorded, in order."""
    shared = set.intersection(*(set(trial.steps.tolist()) for trial in side))
    return np.array(sorted(shared))


def reached_the_same(side: Sequence[TracedTrial]) -> bool:
    """Return whether all trials reached their target, and it was the same."""
    targets = [trial.record.target_loss or 0.0 for trial in side]
    ended = all(trial.end == "target" for trial in side)
    if not ended or len({trial.record.target_metric for trial in side}) > 1:
        return False
    return bool(np.allclose(targets, targets[0], rtol=1e-9, atol=1e-12))


def log_seconds(cells: Sequence[Sequence[Trials]]) -> list[np.ndarray]:
    """Return the log seconds of the same work, for each run.

    Args:
        cells: For each group its trials in each run; at least one group.

    Returns:
        float[group, seed, round] for each run; nan if there is no such trial, or no
        step at which all were timed in the same way.
    """
    logs = [[_logs(cell, seed) for seed in _shared(cell)] for cell in cells]
    sides = range(len(cells[0]))
    return [_array([[seed[k] for seed in cell] for cell in logs]) for k in sides]


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
    spent = same_timed_work([cell[side][seed, turn] for side, turn in places])
    logs: list[dict[int, float]] = [{} for _ in cell]
    for (side, turn), one in zip(places, spent or (), strict=bool(spent)):
        logs[side][turn] = log(one.seconds) if one.seconds > 0 else nan
    return logs


def _timed(trial: TracedTrial) -> bool:
    is_timed = trial.record.spec.timed and trial.end not in UNFINISHED
    return is_timed and len(trial.steps) > 0


def _array(table: list[list[dict[int, float]]]) -> np.ndarray:
    seeds = max(1, *map(len, table))
    turns = [turn for row in table for logs in row for turn in logs]
    array = np.full((len(table), seeds, 1 + max(turns, default=0)), nan)
    for place, row in enumerate(table):
        for column, logs in enumerate(row):
            array[place, column, list(logs)] = list(logs.values())
    return array


def _at(trial: TracedTrial, row: int) -> Work:
    return Work(
        int(trial.steps[row]),
        float(trial.seconds[row]),
        float(trial.losses[row]),
        trial.readings[row],
    )
