"""Draw what came of each value of a setting that was tried, and what did not."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from . import beyond
from .frame import AXES, frame
from .look import INK, Look, kept
from .scales import decades


def figure(
    title: str,
    table: pd.DataFrame,
    setting: str,
    outcome: str,
    families: dict[str, Look],
) -> Figure:
    """Return the outcome against a setting, on a logarithmic axis.

    Args:
        title: Above it all: the problem.
        table: A row a setting tried: `optimizer`, `value` > 0 of the setting,
            `outcome` (the least is best; inf for none), `word` for what has none
            ("diverged", "never"), `chosen` true for the winner's.
        setting: What `value` is, in words.
        outcome: What `outcome` is, in words with its unit.
        families: Looks by optimizer; who has none gets one.
    """
    style = kept(table["optimizer"], families)
    entries = [style[name].entry(name) for name in style]
    if any(table["chosen"]):
        entries.append(_ring(label="chosen"))
    made, (axes,) = frame(title, entries, [AXES])
    beyond.limits(axes, table["outcome"].to_numpy(float))
    decades(axes.xaxis, min(table["value"]) / 1.5, max(table["value"]) * 1.5)
    words = list(dict.fromkeys(table["word"][np.isinf(table["outcome"])]))
    heights = beyond.strip(axes, words)
    for name in style:
        _line(axes, table.query("optimizer == @name"), style[name], heights)
    axes.set_xlabel(setting)
    axes.set_ylabel(outcome)
    return made


def _line(
    axes: Axes, rows: pd.DataFrame, look: Look, heights: dict[str, float]
) -> None:
    """Draw a line that breaks where a value has no outcome, and marks for those."""
    ranked = rows.sort_values("value")
    there = ranked["outcome"].where(np.isfinite(ranked["outcome"]))
    axes.plot(ranked["value"], there, **look.line)
    for row in ranked.to_dict("records"):
        high = heights.get(row["word"]) if np.isinf(row["outcome"]) else None
        if high is not None:
            how = {"marker": look.marker, "color": look.colour, "markersize": 5}
            beyond.mark(axes, row["value"], high, **how)
        elif row["chosen"]:
            ring = _ring()
            ring.set_data([row["value"]], [row["outcome"]])
            axes.add_line(ring)


def _ring(**more: Any) -> Line2D:
    return Line2D(
        [],
        [],
        linestyle="",
        marker="o",
        markersize=11,
        zorder=5,
        markerfacecolor="none",
        markeredgecolor=INK,
        **more,
    )
