"""What a run says of each metric: its best and its final value over seeds."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from math import inf, isfinite, nan

from ..core.metrics import (
    HELD_OUT,
    LOSS,
    TRAIN,
    VALIDATION,
    X_DISTANCE,
    DirectionError,
    metric,
    placed,
)
from ..core.records import TrialRecord
from ..statistics.intervals import interval, median
from .groups import TrialGroup
from .seeds import over_seeds

WHICH = ("best", "final")
"""The values of a metric that tables state."""
_EXAMPLES = {TRAIN: "training", HELD_OUT: "held-out", VALIDATION: "validation"}


def columns(records: Iterable[TrialRecord]) -> list[str]:
    """Return the metrics of trials by their columns, in the order of the records."""
    return list(dict.fromkeys(name for record in records for name in record.metrics))


def shown(records: Sequence[TrialRecord]) -> list[str]:
    """Return the metrics of some trials that people look at, the targets first.

    They are those of held-out examples, the distance to known minimisers, and what
    targets are of. Of held-out ones the loss comes last: a problem that has another
    metric is about that one.
    """
    wanted = dict.fromkeys(r.target_metric for r in records if r.target_metric)
    known = columns(records)
    held_out = [c for c in known if placed(c)[0] == HELD_OUT]
    held_out.sort(key=lambda column: placed(column)[1] == LOSS)
    distance = [c for c in known if c == X_DISTANCE]
    return list(wanted | dict.fromkeys([*held_out, *distance]))


def words(column: str) -> str:
    """Return the name of a metric for people: `held-out accuracy`."""
    if column == X_DISTANCE:
        return "distance to a minimiser"
    split, name = placed(column)
    return f"{_EXAMPLES[split]} {name.replace('_', ' ')}"


def is_rising(column: str, records: Iterable[TrialRecord]) -> bool | None:
    """Return whether more of a metric is better; None if it is not known.

    The targets of trials state it for metrics of a user's own.
    """
    targets = (record.spec.budget.target for record in records)
    for target in targets:
        if target is not None and target.metric == column:
            return target.higher_is_better
    try:
        return metric(column).higher_is_better
    except DirectionError:
        return None


def values(group: TrialGroup) -> dict[str, float]:
    """Return the columns of the summary for a group's metrics.

    For each metric M: `best_M` and `final_M`, medians over seeds, each with `_low` and
    `_high`; and `best_M_step`, the median of the steps that had the best value first. A
    value that is not finite is the worst: inf, or -inf where more is better.
    """
    # A trial that ended before its first loss was not evaluated either.
    started = [record for record in group.known if record.start_loss is not None]
    found = {}
    for column in columns(started):
        rising = is_rising(column, started)
        for which in WHICH:
            value = partial(_value, column=column, which=which, rising=rising)
            found |= _interval(f"{which}_{column}", over_seeds(started, value))
        steps = over_seeds(started, partial(_step, column=column))
        found[f"best_{column}_step"] = median(steps)
    return found


def _interval(name: str, numbers: list[float]) -> dict[str, float]:
    middle, low, high, _ = interval(numbers)
    return {name: middle, f"{name}_low": low, f"{name}_high": high}


def _value(record: TrialRecord, column: str, which: str, rising: bool | None) -> float:
    scores = record.metrics.get(column)
    if scores is None or (rising is None and which == "best"):
        return nan
    value = scores[which]
    if value is not None and isfinite(value):
        return float(value)
    return nan if rising is None else -inf if rising else inf


def _step(record: TrialRecord, column: str) -> float:
    step = record.metrics.get(column, {}).get("best_step")
    return nan if step is None else float(step)


def targets_in_words(records: Iterable[TrialRecord]) -> Iterator[str]:
    """Yield what ends trials with a target, in words, each once."""
    yield from dict.fromkeys(map(target_in_words, records))


def resolution(records: Iterable[TrialRecord]) -> float:
    """Return the most steps among which the step that met a metric was sought.

    Returns:
        nan if no trial met a target that is a metric.
    """
    of_metric = (record for record in records if record.target_metric)
    found = (at.resolution for record in of_metric for at in record.targets)
    return max((float(steps) for steps in found if steps is not None), default=nan)


def target_in_words(record: TrialRecord) -> str:
    """Return what ends a trial, for people: `held-out accuracy >= 0.95`."""
    target = record.spec.budget.target
    if target is None or not target.metric:
        return f"loss {record.target_loss:.8g}"
    sign = ">=" if target.higher_is_better else "<="
    kept = f", kept for {target.kept} evaluations" if target.kept > 1 else ""
    return f"{words(target.metric)} {sign} {record.target_loss:.8g}{kept}"
