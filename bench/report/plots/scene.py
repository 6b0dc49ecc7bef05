"""The contents of one problem's plots: curves, target, omitted trials."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...core.costs import Prices, Spent
from ...core.metrics import LOSS
from ...core.readings import READINGS
from ...core.records import TrialRecord
from ...core.text import number_of
from ...store.run import Run
from ..comparison import COMPARED
from ..groups import Results, TrialGroup, unit_of_calls
from ..summary import known, summarize

POINTS = 300


class Shown(NamedTuple):
    """The quantity on a vertical axis.

    Attributes:
        column: Of the traces; empty for the progress: the suboptimality where it is
            known, else the training loss.
        label: Of the axis; empty for that of the progress.
        rising: Whether more is better.
        log: Whether the axis is logarithmic, however little its values differ.
    """

    column: str = ""
    label: str = ""
    rising: bool = False
    log: bool = False

    @property
    def worst(self) -> float:
        """The value of a trial that has none any more."""
        return -inf if self.rising else inf


PROGRESS = Shown()


class Curve(NamedTuple):
    """One trial's progress against one cost.

    Attributes:
        cost: float[points], nondecreasing, 0 at the start.
        value: float[points], the value reached at that cost.
        left: Whether it diverged at the last point and has no value after it.
        worst: What stands for no value: inf, or -inf where more is better.
    """

    cost: np.ndarray
    value: np.ndarray
    left: bool
    worst: float = inf


class Band(NamedTuple):
    """The spread of several curves at common costs, each float[points]."""

    cost: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray


def band(curves: Sequence[Curve]) -> Band:
    """Return lower quartile, median and upper quartile over the curves.

    It ends where half of the curves have ended: after that, the median would show only
    that the others still run. Between two points, and after the last, a curve stays at
    the value last reached. A diverged curve has the worst value from its last point
    on. Quantiles are inverted_cdf, so that each is one of the values.
    """
    cost = np.unique(np.concatenate([curve.cost for curve in curves]))
    cost = thinned(cost[cost <= half_ended(curves)])
    values = np.sort(np.stack([at(curve, cost) for curve in curves]), axis=0)
    ranks = [int(np.ceil(q * len(curves))) - 1 for q in (0.25, 0.5, 0.75)]
    return Band(cost, *(values[rank] for rank in ranks))


def until(band: Band, target: float, rising: bool = False) -> Band:
    """Cut a band off where its median reaches the target; never, for nan."""
    there = band.median >= target if rising else band.median <= target
    arrived = np.flatnonzero(there)
    last = arrived[0] + 1 if len(arrived) else len(band.cost)
    return Band(*(row[:last] for row in band))


def half_ended(curves: Sequence[Curve]) -> float:
    """Return the cost at which half of the curves have ended; inf if they never do.

    A diverged curve has not ended: it stays at the worst value.
    """
    ends = sorted(curve.cost[-1] for curve in curves if not curve.left)
    half = (len(curves) + 1) // 2
    return float(ends[half - 1]) if len(ends) >= half else inf


def at(curve: Curve, cost: np.ndarray) -> np.ndarray:
    """Return a curve's value at each cost, which is the value last reached."""
    last = np.searchsorted(curve.cost, cost, side="right") - 1
    values = np.where(np.isfinite(curve.value), curve.value, curve.worst)[last]
    return np.where(curve.left & (cost > curve.cost[-1]), curve.worst, values)


def thinned(cost: np.ndarray, points: int = POINTS) -> np.ndarray:
    """Keep about `points` of rising costs, evenly on a log scale, and both ends."""
    if len(cost) <= points:
        return cost
    positive = np.log(cost[cost > 0])
    wanted = np.linspace(positive[0], positive[-1], points)
    kept = np.unique(np.searchsorted(positive, wanted, side="right") - 1)
    return np.concatenate([cost[cost <= 0], cost[cost > 0][kept]])


def reduced(curve: Curve) -> Curve:
    """Return a curve with as many points as a plot can resolve."""
    cost = thinned(np.unique(curve.cost))
    return curve._replace(cost=cost, value=at(curve, cost))


Pair = tuple[TrialGroup, dict[str, Any]]
"""A group of trials, and its row of the summary."""
UNIT_ROUNDOFF = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float64": 2.0**-53}
MOST = 16
"""Most families in one plot that remain distinguishable."""


@dataclass(frozen=True)
class Line:
    """One optimizer's trials on the problem.

    Attributes:
        name: For the legend.
        family: Determines its style.
        best: Whether it is the best setting of its family.
        group: Its trials.
        row: Its row of the summary.
        curves: By cost, a curve for each trial; empty if that cost is not known.
    """

    name: str
    family: str
    best: bool
    group: TrialGroup
    row: dict[str, Any]
    curves: dict[str, list[Curve]]


@dataclass(frozen=True)
class Scene:
    """One problem of a run.

    Attributes:
        problem: Its label.
        where: dtype, device and number of seeds in words.
        label: Of the vertical axis.
        rising, log: As of `Shown`.
        floor: Suboptimalities below it are rounding, drawn here; nan for others.
        target: The hardest, as a value of the curves; nan if there is none.
        easier: The other targets.
        lines: Optimizers with curves, in planned order.
        absent: Optimizers without a curve, with the reason.
        tried: Whether some trial has left a row.
        passes: The examples of a forward pass, as in `Results.passes`.
    """

    problem: str
    where: str
    label: str
    rising: bool
    log: bool
    floor: float
    target: float
    easier: list[float]
    lines: list[Line]
    absent: list[str]
    tried: bool
    passes: list[int | None]

    @property
    def costs(self) -> list[str]:
        """The costs that every line has, in order."""
        names = dict.fromkeys(cost for line in self.lines for cost in line.curves)
        return [c for c in names if any(line.curves[c] for line in self.lines)]


def drawn_costs(passes: list[int | None]) -> tuple[str, ...]:
    """Return the costs against which progress is drawn.

    Args:
        passes: Of one problem, as in `Results.passes`.
    """
    return "seconds", "gradient", unit_of_calls(passes)


def by_problem(results: Results) -> dict[str, list[Pair]]:
    """Return the groups of each problem, in planned order."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    rows = summarize(results).to_dict("records")
    for group, row in zip(results.groups, rows, strict=True):
        pairs[group.problem].append((group, row))
    return dict(pairs)


def where(pairs: Sequence[Pair]) -> str:
    """Return the dtypes, the devices and the number of seeds of groups in words."""
    seeds = {record.spec.seed for group, _ in pairs for record in group.known}
    words = [str(row[name]) for name in ("arithmetic", "device") for _, row in pairs]
    named = [*filter(None, dict.fromkeys(words)), f"{len(seeds)} seed"]
    lost = sum(group.lost for group, _ in pairs)
    left_out = f", {number_of(lost, 'lost trial')} left out" if lost else ""
    return ", ".join(named) + "s" * (len(seeds) != 1) + left_out


def scene(
    results: Results,
    pairs: list[Pair],
    shown: Shown = PROGRESS,
    costs: Sequence[str] | None = None,
) -> Scene:
    """Return the contents of a problem's plots.

    Args:
        results: The results of a run.
        pairs: The problem's entry of `by_problem`.
        shown: What is on the vertical axis.
        costs: What may be on a horizontal axis; those of `drawn_costs` if None.
    """
    records = [record for group, _ in pairs for record in group.records]
    axis = _axis(records, shown, pairs[0][0].spec.dtype)
    drawable, bare = _split(results.run, pairs, shown.column or LOSS)
    passes = list(dict.fromkeys(group.spec.batch_size for group, _ in pairs))
    drawn = drawn_costs(passes) if costs is None else tuple(costs)
    lines = list(_lines(results, drawable, axis, drawn))
    more = len(drawable) - len(lines)
    return Scene(
        pairs[0][0].problem,
        where(pairs),
        axis.shown.label,
        shown.rising,
        shown.log,
        axis.floor,
        axis.target,
        axis.easier,
        lines,
        [
            *(f"{group.optimizer}: {row['ends']}" for group, row in bare),
            *([f"{more} more in summary.csv"] if more else []),
        ],
        any(len(results.run.trace(record.key)) for record in records),
        passes,
    )


class _Axis(NamedTuple):
    """A vertical axis.

    Attributes:
        shown: What is on it, with its label.
        optimum: f*, for suboptimalities; else nan.
        floor, target, easier: As of `Scene`.
    """

    shown: Shown
    optimum: float
    floor: float
    target: float
    easier: list[float]


def _axis(records: Sequence[TrialRecord], shown: Shown, dtype: str) -> _Axis:
    of = "" if shown.column == LOSS else shown.column
    aimed = [r for r in records if r.target_loss is not None and r.target_metric == of]
    target = next((float(r.target_loss or 0) for r in aimed), nan)
    values = dict.fromkeys(t.value for r in aimed for t in r.targets)
    easier = [value for value in values if value != target]
    if shown.column:
        return _Axis(shown, nan, nan, target, easier)
    optimum = next((o for r in records if isfinite(o := known(r.optimum))), nan)
    if not isfinite(optimum):
        return _Axis(shown._replace(label="training loss"), nan, nan, target, easier)
    target -= optimum
    easier = [value - optimum for value in easier]
    floor = _floor(optimum, target, UNIT_ROUNDOFF.get(dtype, 2.0**-24))
    labelled = shown._replace(label="suboptimality")
    return _Axis(labelled, optimum, floor, target, easier)


def _split(run: Run, pairs: list[Pair], column: str) -> tuple[list[Pair], list[Pair]]:
    """Return the optimizers with a curve, and those without."""
    drawable, bare = [], []
    for group, row in pairs:
        traces = (run.trace(record.key) for record in group.known)
        finite = any(column in t and np.isfinite(t[column]).any() for t in traces)
        (drawable if finite else bare).append((group, row))
    return drawable, bare


def _lines(
    results: Results, pairs: list[Pair], axis: _Axis, costs: Sequence[str]
) -> Iterator[Line]:
    families = _families(pairs)
    for group, row in pairs:
        if (rivals := families.get(family(group))) is None:
            continue
        best = min(rivals, key=_merit) is row
        name = group.optimizer
        if best and len(rivals) > 1:
            name += f" (best of {len(rivals)})"
        curves = _curves(results, group, axis, costs)
        yield Line(name, family(group), best, group, row, curves)


def family(group: TrialGroup) -> str:
    """Return a group's family, which determines its style; tuned ones are separate."""
    spec = group.spec
    return spec.label if spec.tuned is False else spec.family


def _families(pairs: list[Pair]) -> dict[str, list[dict]]:
    """Return the rows of the families whose best rows are best."""
    rows: dict[str, list[dict]] = defaultdict(list)
    for group, row in pairs:
        rows[family(group)].append(row)
    first = sorted(rows, key=lambda name: min(map(_merit, rows[name])))
    return {name: rows[name] for name in first[:MOST]}


def _merit(row: dict[str, Any]) -> tuple[float, float]:
    """The sort key: seconds to the target or, without these, calls; then final loss."""
    costs = [row[f"{cost}_to_target"] for cost in COMPARED]
    return _first(costs), _first([row["final_loss"]])


def _first(numbers: Sequence[float]) -> float:
    """Return the first number that is known; inf if none is."""
    return next((x for x in numbers if x == x), inf)


def _curves(
    results: Results, group: TrialGroup, axis: _Axis, drawn: Sequence[str]
) -> dict[str, list[Curve]]:
    prices = {cost: results.unit_prices(group, cost) for cost in drawn}
    curves: dict[str, list[Curve]] = {cost: [] for cost in drawn}
    for record in group.known:
        trace = results.run.trace(record.key)
        value = _value(trace, axis)
        there = ~np.isnan(value)
        if there.any():
            left = record.end == "diverged"
            for cost, spent in _costs(trace, prices).items():
                curve = Curve(spent[there], value[there], left, axis.shown.worst)
                curves[cost].append(reduced(curve))
    return curves


def _value(trace: pd.DataFrame, axis: _Axis) -> np.ndarray:
    """Return float[rows], what is shown at each row; nan if it was not evaluated."""
    if axis.shown.column:
        own = trace.get(axis.shown.column, nan)
        return np.broadcast_to(np.asarray(own, float), len(trace))
    loss = trace["loss"].to_numpy(float)
    if not isfinite(axis.optimum):
        loss = np.where(loss == 0, np.finfo(float).tiny, loss)  # for log axes
        return np.where(np.isnan(loss), np.inf, loss)
    gap = trace["suboptimality"].to_numpy(float)
    gap = np.where(np.isnan(gap), loss - axis.optimum, gap)
    return np.where(np.isnan(gap), np.inf, np.maximum(gap, axis.floor))


def _costs(trace: pd.DataFrame, prices: dict[str, Prices]) -> dict[str, np.ndarray]:
    """Return the known costs along a trace."""
    columns = ("seconds", "step", *READINGS, "examples")
    seconds, steps, *calls, examples = (trace[c].to_numpy(float) for c in columns)
    spent = Spent(seconds, steps, dict(zip(READINGS, calls, strict=True)), examples)
    costs = {cost: np.asarray(spent.amount(cost, p)) for cost, p in prices.items()}
    return {cost: x for cost, x in costs.items() if not np.isnan(x).any()}


def _floor(optimum: float, target: float, roundoff: float) -> float:
    """Return the suboptimality below which rounding dominates: 10 u max(1, |f*|).

    If the least loss is 0, there is no such level, because small losses are precise.
    The level is at most the target, so that a missed target is visible.
    """
    if abs(optimum) < roundoff:
        return float(np.finfo(float).tiny)
    floor = 10 * roundoff * max(1.0, abs(optimum))
    return target if 0 < target < floor else floor
