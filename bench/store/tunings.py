"""What tuning chose in several runs."""

from collections.abc import Sequence
from typing import NamedTuple

from ..core.records import TuningRecord
from ..core.spec import Spec
from .run import Run
from .trials import load_tuning

Task = tuple[str, str, int]
"""The labels of problem and optimizer, and the draw seed."""


class Tunings(NamedTuple):
    """The tuning of several runs.

    Attributes:
        kept: One record for each task, of the run that is preferred or named first.
        contested: For each task of which runs chose other settings, the number of
            the run whose record is kept.
        lines: How the choices differ.
    """

    kept: list[TuningRecord]
    contested: dict[Task, int]
    lines: list[str]

    def keeps(self, run: int, spec: Spec) -> bool:
        """Return whether a trial has settings that were not rejected."""
        if not spec.tuned:
            return True
        tasks = (
            (spec.problem_label, spec.family, draw_seed)
            for draw_seed in spec.draw_seeds
        )
        return all(self.contested.get(task, run) == run for task in tasks)


def of_runs(runs: Sequence[Run], prefer: int | None) -> Tunings:
    """Return what tuning chose in several runs.

    Args:
        runs: The runs.
        prefer: The number of the run whose choice counts where choices differ.
    """
    kept: dict[Task, tuple[int, TuningRecord]] = {}
    contested: dict[Task, int] = {}
    lines: list[str] = []
    for number in sorted(range(len(runs)), key=lambda i: i != prefer):
        for record in load_tuning(runs[number].folder):
            task = record.problem_label, record.label, record.draw_seed
            first, known = kept.setdefault(task, (number, record))
            if known.chosen != record.chosen:
                contested[task] = first
                if first != prefer:
                    folders = runs[first].folder, runs[number].folder
                    lines.append(_other(known, record, *map(str, folders)))
    return Tunings([record for _, record in kept.values()], contested, lines)


def _other(known: TuningRecord, record: TuningRecord, first: str, second: str) -> str:
    choices = f"{_words(known)} in {first}, {_words(record)} in {second}"
    return (
        f"{record.label} on {record.problem_label}: tuning with draw seed "
        f"{record.draw_seed} chose {choices}: --prefer one of them"
    )


def _words(record: TuningRecord) -> str:
    if record.chosen is None:
        return "nothing"
    return ", ".join(f"{name} {value:g}" for name, value in record.chosen.items())
