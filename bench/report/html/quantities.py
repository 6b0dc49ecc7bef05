"""The quantities of a problem that a page shows, and the levels of each."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf, isfinite, nan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...core.metrics import COORDINATES, LOSS
from ...core.readings import READINGS
from ...core.records import TrialRecord
from ...statistics import convergence_level
from .. import metrics
from ..convergence import TOLERANCES
from ..plots.scene import UNIT_ROUNDOFF
from ..summary import known
from .rows import Trace
from .thinning import Levels, between

SUBOPTIMALITY, GRADIENT_NORM = "suboptimality", "gradient_norm"
_WORDS = {
    LOSS: "training loss",
    SUBOPTIMALITY: "suboptimality",
    GRADIENT_NORM: "gradient norm",
}
_COSTS = ("step", "seconds", "measured", "examples", *READINGS)
_BASIC = (*_WORDS, *_COSTS, *COORDINATES)
"""The columns of a trace that are not of a metric."""
Traces = Mapping[str, Trace]
"""The rows of each trial of a problem, by its key."""


class Quantity(NamedTuple):
    """A column of the traces of a problem.

    Attributes:
        column: Its name.
        words: For people.
        rising: Whether more is better.
        start: Its value at the start of the least seed; nan if it is not known.
        best: The best value that is known: the certified one, or that of any trial.
        log: Whether it is shown on a logarithmic axis.
    """

    column: str
    words: str
    rising: bool
    start: float
    best: float
    log: bool

    @property
    def levels(self) -> Levels:
        """The levels at which costs can be asked for."""
        return Levels(between(self.start, self.best), self.rising)


def optimum(records: Sequence[TrialRecord]) -> float:
    """Return the certified least loss; nan if there is none."""
    values = (known(record.optimum) for record in records)
    return next(filter(isfinite, values), nan)


def quantities(records: Sequence[TrialRecord], traces: Traces) -> list[Quantity]:
    """Return the quantities of a problem: its loss, then what else was evaluated.

    Args:
        records: All trials on it.
        traces: Their rows.
    """
    found = [_loss(records, traces)]
    if isfinite(least := optimum(records)):
        start = found[0].start - least
        words = _WORDS[SUBOPTIMALITY]
        found.append(Quantity(SUBOPTIMALITY, words, False, start, 0.0, True))
    if _evaluated(traces, GRADIENT_NORM):
        words = _WORDS[GRADIENT_NORM]
        found.append(Quantity(GRADIENT_NORM, words, False, nan, nan, True))
    return [*found, *_metrics(records, traces)]


def _loss(records: Sequence[TrialRecord], traces: Traces) -> Quantity:
    least = optimum(records)
    values = [_best(t[LOSS], False) for t in traces.values() if LOSS in t]
    best = least if isfinite(least) else min(filter(isfinite, values), default=nan)
    started = sorted(records, key=lambda record: record.spec.seed)
    starts = (known(record.start_loss) for record in started)
    start = next(filter(isfinite, starts), nan)
    lowest = min([*filter(isfinite, values), inf])
    return Quantity(LOSS, _WORDS[LOSS], False, start, best, lowest > 0)


def _metrics(records: Sequence[TrialRecord], traces: Traces) -> Iterator[Quantity]:
    columns = dict.fromkeys(metrics.shown(records))
    columns |= dict.fromkeys(c for t in traces.values() for c in t if c not in _BASIC)
    for column in columns:
        if not _evaluated(traces, column):
            continue
        rising = bool(metrics.is_rising(column, records))
        values = [t[column] for t in traces.values() if column in t]
        firsts = (x for each in values for x in each[:1] if isfinite(x))
        bests = [_best(each, rising) for each in values]
        best = (max if rising else min)(filter(isfinite, bests), default=nan)
        lowest = min(_best(each, False) for each in values)
        words, start = metrics.words(column), next(firsts, nan)
        yield Quantity(column, words, rising, start, best, not rising and lowest > 0)


def _evaluated(traces: Traces, column: str) -> bool:
    return any(
        column in trace and np.isfinite(trace[column]).any()
        for trace in traces.values()
    )


def _best(values: NDArray, rising: bool) -> float:
    """Return the best finite value; the worst infinity if there is none."""
    there = values[np.isfinite(values)]
    if not len(there):
        return -inf if rising else inf
    return float(there.max() if rising else there.min())


def stated(records: Sequence[TrialRecord], column: str, rising: bool) -> Levels:
    """Return the stated targets that are values of a quantity, as its levels."""
    of = "" if column == LOSS else column
    rows = [t for r in records if r.target_metric == of for t in r.targets]
    return Levels(np.array(sorted({row.value for row in rows}), float), rising)


def convergence(trace: Trace, least: float) -> Levels:
    """Return the levels of the test of convergence for one trial.

    Args:
        trace: Its rows, at least one.
        least: The least loss of all trials on the problem.
    """
    start = float(trace[LOSS][0])
    levels = [convergence_level(start, least, tolerance) for tolerance in TOLERANCES]
    return Levels(np.array(levels, float))


def floor(value: float, dtype: str) -> float | None:
    """Return the suboptimality below which rounding dominates; None for none."""
    roundoff = UNIT_ROUNDOFF.get(dtype, 2.0**-24)
    return 10 * roundoff * max(1.0, abs(value)) if abs(value) >= roundoff else None
