"""Draw the outcome of tuning against how many settings were tried: best of k."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from . import beyond
from .frame import AXES, frame
from .look import Look, kept
from .scales import decades

NEVER = "never"


def figure(
    title: str, table: pd.DataFrame, outcome: str, families: dict[str, Look]
) -> Figure:
    """Return a curve an optimizer: good out of the box on the left, tuned on the right.

    Args:
        title: Above it all: the problem.
        table: A row per `optimizer` and number of settings `tried`: `median`, `low`,
            `high` as of `statistics.best_of`; inf for never.
        outcome: What they are, in words with the unit.
        families: Looks by optimizer; who has none gets one.
    """
    style = kept(table["optimizer"], families)
    made, (axes,) = frame(title, [style[name].entry(name) for name in style], [AXES])
    beyond.limits(axes, table[["median", "low", "high"]].to_numpy(float))
    decades(axes.xaxis, 0.9, max(2.0, max(table["tried"]) * 1.15))
    never = bool(np.isinf(table["median"]).any())
    heights = beyond.strip(axes, [NEVER] if never else [])
    for name in style:
        _curve(axes, table.query("optimizer == @name"), style[name], heights)
    axes.set_xlabel("settings tried (random draws)")
    axes.set_ylabel(outcome)
    return made


def _curve(
    axes: Axes, rows: pd.DataFrame, look: Look, heights: dict[str, float]
) -> None:
    ranked = rows.sort_values("tried")
    tried, middle, low, high = (
        ranked[name].to_numpy(float) for name in ("tried", "median", "low", "high")
    )
    there = np.isfinite(middle)
    top = np.where(np.isfinite(high), high, axes.get_ylim()[1])
    axes.fill_between(tried, low, top, where=there, color=look.colour, alpha=0.12, lw=0)
    shown = np.unique(np.geomspace(1, len(tried), 9).round().astype(int)) - 1
    axes.plot(
        tried, np.where(there, middle, np.nan), markevery=list(shown), **look.line
    )
    for x in tried[~there]:
        how = {"marker": look.marker, "color": look.colour, "markersize": 5}
        beyond.mark(axes, x, heights[NEVER], **how)
