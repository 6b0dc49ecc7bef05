"""What there is to draw of one problem: curves, target, and what stays out."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import pandas as pd

from ..keeping.reading import Run
from ..telling.entries import Entry, entries
from ..telling.summary import has_target, number, summarize
from ..telling.weigh import CALLS, forward_equivalents, ratios
from .spread import Curve, reduced

Pair = tuple[Entry, dict[str, Any]]
"""Trials, and their row of the summary."""
UNIT_ROUNDOFF = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float64": 2.0**-53}
MOST = 16
"""Families that can be told apart in one plot."""
COSTS = {
    "seconds": "time on the clock (s)",
    "gradients": "gradients (calls)",
    "forward-equivalents": "cost of all calls (forward-pass equivalents)",
}


@dataclass(frozen=True)
class Line:
    """One optimizer's trials on the problem.

    Attributes:
        name: For the legend.
        family: Says how it is drawn.
        best: Whether it is the best setting of its family.
        entry: Its trials.
        row: Its row of the summary.
        curves: By cost, a curve a trial; empty where that cost is not known.
    """

    name: str
    family: str
    best: bool
    entry: Entry
    row: dict[str, Any]
    curves: dict[str, list[Curve]]


@dataclass(frozen=True)
class Scene:
    """One problem of a run.

    Attributes:
        problem: Its label.
        where: dtype and device in words.
        certified: Whether curves are suboptimalities; else they are losses.
        floor: What suboptimality is lifted to where rounding hides it; nan if losses.
        target: In the curves' terms; nan where there is none.
        lines: What has curves, in planned order.
        absent: What has no curve, with the reason.
    """

    problem: str
    where: str
    certified: bool
    floor: float
    target: float
    lines: list[Line]
    absent: list[str]

    @property
    def costs(self) -> list[str]:
        """The costs that every line has, in order."""
        drawn = self.lines
        return [c for c in COSTS if drawn and any(line.curves[c] for line in drawn)]


def scenes(run: Run) -> list[Scene]:
    """Return what to draw of each problem, in planned order."""
    gathered: dict[str, list[Pair]] = {}
    rows = summarize(run).to_dict("records")
    for entry, row in zip(entries(run), rows, strict=True):
        gathered.setdefault(entry.problem, []).append((entry, row))
    return [_scene(run, problem, pairs) for problem, pairs in gathered.items()]


def _scene(run: Run, problem: str, pairs: list[Pair]) -> Scene:
    records = [record for entry, _ in pairs for record in entry.records]
    optimum = next(
        (o for r in records if isfinite(o := number(r, "optimum", nan))), nan
    )
    targets = [r["target_loss"] for r in records if has_target(r)]
    dtypes = dict.fromkeys(str(row["dtype"]) for _, row in pairs if row["dtype"])
    devices = dict.fromkeys(str(row["device"]) for _, row in pairs if row["device"])
    certified = isfinite(optimum)
    target = (targets[0] - optimum if certified else targets[0]) if targets else nan
    roundoff = UNIT_ROUNDOFF.get(next(iter(dtypes), ""), 2.0**-24)
    floor = _floor(optimum, target, roundoff) if certified else nan
    drawable, bare = _parted(run, pairs)
    shown = optimum if certified else None
    lines = list(_lines(run, drawable, shown, floor))
    more = len(drawable) - len(lines)
    return Scene(
        problem,
        ", ".join([*dtypes, *devices]),
        certified,
        floor,
        target,
        lines,
        [
            *(f"{entry.optimizer}: {row['ends']}" for entry, row in bare),
            *([f"{more} more in summary.csv"] if more else []),
        ],
    )


def _parted(run: Run, pairs: list[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Return what has a curve, and what has none."""
    found: tuple[list[Pair], list[Pair]] = ([], [])
    for entry, row in pairs:
        traced = any(len(run.trace(record["key"])) for record in entry.records)
        found[0 if traced else 1].append((entry, row))
    return found


def _lines(
    run: Run, pairs: list[Pair], optimum: float | None, floor: float
) -> Iterator[Line]:
    families = _families(pairs)
    for entry, row in pairs:
        if (rivals := families.get(entry.family)) is None:
            continue
        best = min(rivals, key=_merit) is row
        name = entry.optimizer
        if best and len(rivals) > 1:
            name += f" (best of {len(rivals)})"
        curves = _curves(run, entry, optimum, floor)
        yield Line(name, entry.family, best, entry, row, curves)


def _families(pairs: list[Pair]) -> dict[str, list[dict]]:
    """Return each family's rows, of those families whose best are the best."""
    rows: dict[str, list[dict]] = defaultdict(list)
    for entry, row in pairs:
        rows[entry.family].append(row)
    first = sorted(rows, key=lambda family: min(map(_merit, rows[family])))
    return {family: rows[family] for family in first[:MOST]}


def _merit(row: dict[str, Any]) -> tuple[float, float]:
    """Least seconds to the target, then least final loss, come first."""
    keys = ("seconds_to_target", "final_loss")
    seconds, loss = (inf if row[k] != row[k] else row[k] for k in keys)
    return seconds, loss


def _curves(
    run: Run, entry: Entry, optimum: float | None, floor: float
) -> dict[str, list[Curve]]:
    weights = ratios(run.prices, entry)
    found: dict[str, list[Curve]] = {cost: [] for cost in COSTS}
    for record in entry.records:
        trace = run.trace(record["key"])
        if len(trace):
            value = _value(trace, optimum, floor)
            for cost, spent in _spent(trace, weights).items():
                curve = Curve(spent, value, record["end"] == "diverged")
                found[cost].append(reduced(curve))
    return found


def _value(trace: pd.DataFrame, optimum: float | None, floor: float) -> np.ndarray:
    loss = trace["loss"].to_numpy(float)
    if optimum is None:
        return np.where(loss == 0, np.finfo(float).tiny, loss)  # for log axes
    gap = trace["suboptimality"].to_numpy(float)
    gap = np.where(np.isnan(gap), loss - optimum, gap)
    return np.where(np.isnan(gap), np.inf, np.maximum(gap, floor))


def _spent(trace: pd.DataFrame, weights: dict[str, float]) -> dict[str, np.ndarray]:
    spent = {
        "seconds": trace["seconds"].to_numpy(float),
        "gradients": trace["gradient"].to_numpy(float),
    }
    equivalents = forward_equivalents({c: trace[c].to_numpy() for c in CALLS}, weights)
    if weights and not np.isnan(equivalents).any():
        spent["forward-equivalents"] = equivalents
    return spent


def _floor(optimum: float, target: float, roundoff: float) -> float:
    """Return below what a suboptimality is noise: 10 u max(1, |f*|).

    A loss that is nought at the optimum has none: it is as precise as it is small.
    Nor does a floor hide how far a target below it was missed.
    """
    if abs(optimum) < roundoff:
        return float(np.finfo(float).tiny)
    floor = 10 * roundoff * max(1.0, abs(optimum))
    return target if 0 < target < floor else floor
