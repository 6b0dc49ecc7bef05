"""The performance profiles of a field in grey, with one optimizer in colour."""

import io
from collections.abc import Iterable

from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...core.costs import COSTS
from ...statistics import CAP, ratios_to_best
from ..plots.frame import PANEL, frame
from ..plots.profiles import stairs
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
    names = [name for _, _, table in drawn for name in table.optimizers]
    own = {n: x for n, x in _lines(verdict, names).items() if x is not FIELD}
    entries = [Line2D([], [], label=name, **line) for name, line in own.items()]
    entries.append(Line2D([], [], label="the others", **FIELD))
    title = f"{verdict.label} in the field of {verdict.joined.field.record.name}"
    heights = [PANEL] * len(drawn)
    notes = ["medians over seeds, to the hardest target of each problem"]
    made, axes = frame(title, "", entries, heights, notes)
    for ax, (cost, part, table) in zip(axes, drawn, strict=True):
        lines, ratios = _lines(verdict, table.optimizers), ratios_to_best(table.medians)
        stairs(ax, table, ratios, lines, (1.0, CAP))
        ax.set_xlabel(f"{COSTS[cost].words} relative to the best")
        ax.set_ylabel(", ".join(filter(None, ["share solved", part])))
    return made


def _lines(verdict: Verdict, names: Iterable[str]) -> dict[str, dict]:
    """Return the line of each optimizer; that of others is `FIELD`."""
    lines = dict.fromkeys(names, FIELD)
    untuned = OWN | {"linestyle": _UNTUNED}
    lines |= dict.fromkeys(verdict.untuned_labels & lines.keys(), untuned)
    return lines | ({verdict.label: OWN} if verdict.label in lines else {})
