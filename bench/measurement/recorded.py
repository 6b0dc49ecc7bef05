"""What the rows of a trial say: its losses, its metrics, its cost to the target."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from ..core.at_target import AtTarget
from ..core.metrics import (
    COORDINATES,
    HELD_OUT,
    LOSS,
    DirectionError,
    Metric,
    column,
    metric,
)
from ..core.readings import READINGS
from ..core.records import MetricScores
from ..store.trials import COLUMNS
from .targets import Targets

Rows = Sequence[Mapping[str, Any]]


def scores(
    rows: Rows, end: str, targets: Targets, reached: Sequence[AtTarget]
) -> dict[str, Any]:
    """Return the fields of a record that follow from the rows of its trace.

    Args:
        rows: Of the trace.
        end: How the trial ended.
        targets: Of the trial.
        reached: Those that it reached.
    """
    losses = [row["loss"] for row in rows]
    found: dict[str, Any] = {
        "examples": rows[-1]["examples"] if rows else 0,
        "start_loss": losses[0] if losses else None,
        "final_loss": losses[-1] if losses else None,
        "best_loss": min(filter(isfinite, losses), default=None),
        "metrics": metric_scores(rows, targets.metric),
    }
    return found | _to_target(rows, reached[-1], targets) if end == "target" else found


def _to_target(rows: Rows, reached: AtTarget, targets: Targets) -> dict[str, Any]:
    """Return the cost to the target: that of the last row, unless it had to be kept."""
    if targets.kept > 1:
        spent = reached.seconds, reached.steps, reached.readings
    else:
        last = rows[-1]
        readings = {kind: last[kind] for kind in READINGS}
        spent = last["seconds"], last["step"], readings
    names = ("seconds_to_target", "steps_to_target", "readings_to_target")
    return dict(zip(names, spent, strict=True))


def metric_scores(rows: Rows, target: Metric) -> dict[str, MetricScores]:
    """Return what rows say of each metric that they have, by column.

    Args:
        rows: Of a trace.
        target: The metric of the trial's target, whose direction is known.
    """
    names = dict.fromkeys(name for row in rows[:1] for name in row)
    held_out = column(HELD_OUT, LOSS)
    found = {}
    known = {*COLUMNS, *COORDINATES} - {held_out}
    for name in (x for x in names if x not in known):
        values = [(row["step"], x) for row in rows if (x := row[name]) is not None]
        if values:
            better = target if target.column == name else _known(name)
            found[name] = _score(values, better)
    return found


def _known(name: str) -> Metric | None:
    try:
        return metric(name)
    except DirectionError:
        return None


def _score(values: list[tuple[int, float]], of: Metric | None) -> MetricScores:
    """Return the scores of a metric from its steps and values."""
    finite = [(step, x) for step, x in values if isfinite(x)]
    first, final = (x if isfinite(x) else None for x in (values[0][1], values[-1][1]))
    best = step = None
    if of is not None and finite:
        sign = -1 if of.higher_is_better else 1
        step, best = min(finite, key=lambda each: sign * each[1])
    return {"first": first, "final": final, "best": best, "best_step": step}
