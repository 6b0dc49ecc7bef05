"""The columns of traces that a plot may show on its vertical axis."""

from collections.abc import Iterable, Sequence

from factories import nearest

from ...core.errors import RunError
from ...core.metrics import COORDINATES, LOSS, X_DISTANCE, placed
from ...core.readings import READINGS
from ...core.records import TrialRecord
from ...store.run import Run
from .. import metrics
from .scene import PROGRESS, Shown

LOGARITHMIC = ("perplexity", X_DISTANCE)
"""Metrics that span decades by their nature."""
GAP = "suboptimality"
_NO_VALUES = ("step", "seconds", "measured", *READINGS, "examples", *COORDINATES)
_LABELS = {
    LOSS: "training loss",
    GAP: "suboptimality",
    "gradient_norm": "norm of the gradient",
}


def value(column: str, records: Sequence[TrialRecord]) -> Shown:
    """Return what a column of traces is on a vertical axis.

    Args:
        column: Its name.
        records: The trials, whose targets may state which values are better.
    """
    if any(record.optimum is not None for record in records) and column == GAP:
        return PROGRESS
    if column in _LABELS:
        return Shown(column, _LABELS[column])
    rising = bool(metrics.is_rising(column, records))
    log = placed(column)[1] in LOGARITHMIC
    return Shown(column, metrics.words(column), rising, log)


def check_values(run: Run, columns: Iterable[str]) -> None:
    """Check that some trial of a run has each of these values.

    Raises:
        RunError: None has; the nearest name is suggested.
    """
    traces = [run.trace(record.key) for record in run.records]
    there = {n for trace in traces for n in trace.columns[trace.notna().any()]}
    known = sorted(there.difference(_NO_VALUES))
    for column in columns:
        if column not in known:
            hint = nearest(column, known) or f" There are {', '.join(known)}."
            words = f"no trace has a value {column!r}."
            raise RunError(f"{run.folder}: {words}{hint}")
