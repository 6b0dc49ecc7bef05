"""Draw performance profiles and data profiles over the problems of a run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...core.costs import COSTS
from ...statistics import CAP, areas, ratios_to_best, staircase
from ..classes import LEAST
from ..comparison import CostTable
from .axes import decades
from .frame import PANEL, frame, wrap_labels
from .style import LineStyle, optimizer_styles

MOST = 9
DRAWN = ("seconds", "forward_equivalents")


def figure(
    tables: Mapping[str, CostTable],
    families: dict[str, LineStyle],
    part: str = "",
    where: str = "",
) -> Figure | None:
    """Return the profiles of a run; None if it has too few problems.

    Args:
        tables: By cost, from `cost_tables`.
        families: The styles of the families in the run's other plots.
        part: The part of the run, in words; empty for the whole run.
        where: dtype, device and number of seeds.
    """
    drawn = [(cost, tables[cost]) for cost in DRAWN if cost in tables]
    drawn = [(cost, t) for cost, t in drawn if len(t.problems) >= LEAST]
    if not drawn:
        return None
    shown, left_out = _shown([table for _, table in drawn])
    style = _styles(drawn[0][1], shown, families)
    heights = [PANEL] * (len(drawn) + 1)
    notes = [f"{left_out} more in comparison.csv"] if left_out else []
    notes.append("medians over seeds")
    problems = f"profiles over {len(drawn[0][1].problems)} problems"
    title = ", ".join(filter(None, [problems, part]))
    entries = [one.entry(name) for name, one in style.items()]
    made, axes = frame(title, where, entries, heights, notes, beside=True)
    for ax, (cost, table) in zip(axes, drawn, strict=False):
        ratios = ratios_to_best(table.medians)
        stairs(ax, table, ratios, _lines(style), (1.0, CAP))
        ax.set_xlabel(f"{COSTS[cost].words} relative to the best")
    _budget(axes[-1], *drawn[-1], style)
    for ax in axes:
        ax.set_ylabel("share solved")
    wrap_labels(axes)
    return made


def data_figure(
    tables: Mapping[float, CostTable],
    families: dict[str, LineStyle],
    part: str = "",
    where: str = "",
) -> Figure | None:
    """Return the data profiles of a run; None if it has too few problems.

    Args:
        tables: By tolerance, from `convergence_tables`.
        families, part, where: As in `figure`.
    """
    if not tables or len(next(iter(tables.values())).problems) < LEAST:
        return None
    shown, left_out = _shown(list(tables.values()))
    first = next(iter(tables.values()))
    style = _styles(first, shown, families)
    notes = [f"{left_out} more optimizers are left out"] if left_out else []
    notes += [
        "τ: the share that may be missing of the decrease from the start to the least "
        "loss of all trials",
        "a simplex gradient: n + 1 forward passes; medians over seeds",
    ]
    title = f"data profiles over {len(first.problems)} problems"
    made, axes = frame(
        ", ".join(filter(None, [title, part])),
        where,
        [one.entry(name) for name, one in style.items()],
        [PANEL] * len(tables),
        notes,
        beside=True,
    )
    limits = _limits(np.concatenate([t.medians.ravel() for t in tables.values()]))
    for ax, (tolerance, table) in zip(axes, tables.items(), strict=True):
        stairs(ax, table, table.medians, _lines(style), limits)
        ax.set_xlabel(f"simplex gradients until τ = {tolerance:g}")
        ax.set_ylabel("share solved")
    wrap_labels(axes)
    return made


def _shown(tables: Sequence[CostTable]) -> tuple[list[str], int]:
    """Return the optimizers of largest area by any cost, and how many are left."""
    names = tables[0].optimizers
    best = np.fmax.reduce([areas(table.medians) for table in tables])
    order = [i for i in np.argsort(-best, kind="stable") if best[i] == best[i]]
    return [names[i] for i in order[:MOST]], max(0, len(order) - MOST)


def _styles(
    table: CostTable, shown: Sequence[str], families: dict[str, LineStyle]
) -> dict[str, LineStyle]:
    """Return the run's styles, or other ones if a family has several optimizers."""
    family = dict(zip(table.optimizers, table.families, strict=True))
    shared = Counter(family[name] for name in shown)
    sole = {name: family[name] for name in shown if shared[family[name]] == 1}
    known = {name: families[of] for name, of in sole.items() if of in families}
    return optimizer_styles(shown, families | known)


def _budget(
    axes: Axes, cost: str, table: CostTable, style: dict[str, LineStyle]
) -> None:
    costs = table.medians
    stairs(axes, table, costs, _lines(style), _limits(costs))
    axes.set_xlabel(f"budget: {COSTS[cost].axis}")


def _limits(costs: np.ndarray) -> tuple[float, float]:
    """Return the ends of an axis of costs."""
    known = costs[np.isfinite(costs) & (costs > 0)]
    low, high = (known.min(), known.max()) if len(known) else (1.0, 10.0)
    return low / 1.5, max(high * 1.5, low * 10)


def _lines(style: dict[str, LineStyle]) -> dict[str, dict[str, Any]]:
    """Return the lines of some optimizers, the first one above the others."""
    whole = {"markevery": slice(1, -1), "clip_on": False}
    return {name: one.line | whole for name, one in reversed(style.items())}


def stairs(
    axes: Axes,
    table: CostTable,
    costs: np.ndarray,
    lines: Mapping[str, Mapping[str, Any]],
    limits: tuple[float, float],
) -> None:
    """Draw the share of problems with a cost of at most x, for some optimizers.

    Args:
        axes: Where.
        table: Its optimizers are those of the costs.
        costs: float[problems, optimizers]; an optimizer that has none is left out.
        lines: The optimizers to draw, in this order, each with matplotlib's keywords.
        limits: The ends of the axis of costs.
    """
    low, high = limits
    decades(axes.xaxis, low, high)
    axes.set_ylim(0, 1.04)
    for name, line in lines.items():
        own = costs[:, table.optimizers.index(name)]
        if np.isnan(own).all():
            continue
        at, share = staircase(own)
        inside = at <= high
        x = np.r_[low, at[inside], high]
        y = np.r_[0.0, share[inside], share[inside][-1:] if any(inside) else 0.0]
        axes.step(x, y, where="post", **line)
