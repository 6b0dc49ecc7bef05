"""The performance profiles of a field in grey, with one optimizer in colour."""

import io
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...core.costs import COSTS
from ...statistics import CAP, ratios_to_best, staircase
from ..comparison import CostTable
from ..plots.axes import decades
from ..plots.frame import PANEL, frame
from ..plots.style import COLOURS, GREY, column_style
from .joined import UNIT
from .verdict import TIME, Verdict

OWN = {"color": COLOURS[1], "linewidth": 1.6, "zorder": 3}
"""The newcomer's lines."""
FIELD = {"color": GREY, "linewidth": 0.6, "zorder": 1}
_UNTUNED = (0, (3, 1.5))


def pdf(verdict: Verdict) -> bytes:
    """Return profile.pdf, the same bytes each time."""
    with column_style():
        out = io.BytesIO()
        told = {"CreationDate": None}
        FigureCanvasPdf(figure(verdict)).print_pdf(out, metadata=told)
        return out.getvalue()


def figure(verdict: Verdict) -> Figure:
    """Return the profiles by calls, then by time, of each part of the problems."""
    drawn = [(UNIT, part, t) for part, t in verdict.tables.items()]
    drawn += [(TIME, part, t) for part, t in verdict.timed.items()]
    entries = [
        Line2D([], [], label=name, **style)
        for name, style in _styles(verdict, dict.fromkeys(_names(drawn))).items()
    ]
    entries.append(Line2D([], [], label="the others", **FIELD))
    title = f"{verdict.label} in the field of {verdict.joined.field.record.name}"
    heights = [PANEL] * len(drawn)
    notes = ["medians over seeds, to the hardest target of each problem"]
    made, axes = frame(title, "", entries, heights, notes)
    for ax, (cost, part, table) in zip(axes, drawn, strict=True):
        _stairs(ax, table, _styles(verdict, dict.fromkeys(table.optimizers)))
        ax.set_xlabel(f"{COSTS[cost].words} relative to the best")
        ax.set_ylabel(", ".join(filter(None, ["share solved", part])))
    return made


def _names(drawn: list[tuple[str, str, CostTable]]) -> list[str]:
    return [name for _, _, table in drawn for name in table.optimizers]


def _styles(verdict: Verdict, names: Mapping[str, None]) -> dict[str, dict]:
    """Return the style of each of the newcomer's versions."""
    own = [n for n in names if n == verdict.label]
    plain = [n for n in names if n in verdict.untuned_labels]
    return {
        **dict.fromkeys(own, OWN),
        **{n: OWN | {"linestyle": _UNTUNED} for n in plain},
    }


def _stairs(axes: Axes, table: CostTable, own: Mapping[str, dict]) -> None:
    """Draw the share of problems with a ratio of at most x, for each optimizer."""
    decades(axes.xaxis, 1.0, CAP)
    axes.set_ylim(0, 1.04)
    ratios = ratios_to_best(table.medians)
    for i, name in enumerate(table.optimizers):
        if np.isnan(ratios[:, i]).all():
            continue
        at, share = staircase(ratios[:, i])
        inside = at <= CAP
        x = np.r_[1.0, at[inside], CAP]
        y = np.r_[0.0, share[inside], share[inside][-1:] if any(inside) else 0.0]
        axes.step(x, y, where="post", **own.get(name, FIELD))
