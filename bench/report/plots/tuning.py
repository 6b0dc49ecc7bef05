"""Plots of tuning: the outcome by setting, and by the number of settings."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...core.records import TuningRecord
from ...core.text import file_names
from ..format import NEVER
from ..tuning import (
    by_number_tried,
    by_optimizer,
    by_value,
    outcome_in_words,
    outcomes,
)
from .axes import LINEAR, decades, strip, strip_mark, value_limits
from .frame import AXES, LEFT, PANEL, frame
from .style import GREY, INK, LineStyle, optimizer_styles
from .words import broken

TWO_LINES = LEFT + 0.2
"""Inches on the left of axes whose label takes two lines."""
FRESH = "outcomes: medians over fresh seeds"
COLOURS = "viridis_r"
LABEL = 26
"""Most characters in a line of a vertical label: it stays below a strip of words."""
BAR = 0.09
"""Height of the bar of colours, in inches."""


def figures(
    problem: str,
    records: Sequence[TuningRecord],
    styles: dict[str, LineStyle],
    where: str = "",
) -> Iterator[tuple[str, Callable[[], Figure]]]:
    """Yield a name and what draws the figure of it.

    There is one for each setting, a map for each optimizer of which several settings
    were tuned together, and one for the number of settings tried.

    Args:
        problem: Its label.
        records: The tuning records of the problem's optimizers.
        styles: Those of the run's other plots.
        where: dtype, device and number of seeds.
    """
    settings = dict.fromkeys(name for r in records for name in r.chosen or ())
    several: dict[str, list[TuningRecord]] = defaultdict(list)
    for record in records:
        if len(record.chosen or ()) > 1:
            several[record.label].append(record)
    shared = [s for s in settings if any(_is_alone(r, s) for r in records)]
    for setting, name in file_names(shared, "setting").items():
        draw = partial(_sensitivity, problem, records, setting, styles, where)
        yield f"sensitivity-{name}", draw
    for label, name in file_names(several, "optimizer").items():
        yield f"map-{name}", partial(settings_map, problem, several[label], where)
    yield "best-of-k", partial(_best_of_k, problem, records, styles, where)


def _is_alone(record: TuningRecord, setting: str) -> bool:
    """Return whether a setting was tuned, and no other one with it."""
    return list(record.chosen or ()) == [setting]


def _sensitivity(
    problem: str,
    records: Sequence[TuningRecord],
    setting: str,
    styles: dict[str, LineStyle],
    where: str,
) -> Figure:
    tuned = [record for record in records if setting in (record.chosen or ())]
    tables = [by_value(record, setting) for record in tuned]
    words, table = outcome_in_words(tuned[0]), pd.concat(tables, ignore_index=True)
    title = f"{problem}: tuning of {setting}"
    return sensitivity(title, table, setting, words, styles, where)


def _best_of_k(
    problem: str,
    records: Sequence[TuningRecord],
    styles: dict[str, LineStyle],
    where: str,
) -> Figure:
    curves = map(by_number_tried, by_optimizer(records).values())
    table = pd.concat(curves, ignore_index=True)
    title, words = f"{problem}: best of k settings", outcome_in_words(records[0])
    return settings_tried(title, table, words, styles, where)


def sensitivity(
    title: str,
    table: pd.DataFrame,
    setting: str,
    outcome: str,
    families: dict[str, LineStyle],
    where: str = "",
) -> Figure:
    """Return the outcome against a setting, on a logarithmic axis.

    Args:
        title: The problem.
        table: A row for each setting tried: `optimizer`, `value` of the setting,
            `outcome` (the least is best; inf for none), `word` if there is none
            ("diverged", "never"), whether it was `chosen`, and whether the setting is
            `alone`: the outcomes of others are marks without a line.
        setting: The label of `value`.
        outcome: The label of `outcome`, with its unit.
        families: Styles by optimizer; others get an unused one.
        where: dtype, device and number of seeds.
    """
    style = optimizer_styles(table["optimizer"], families)
    alone = dict(zip(table["optimizer"], table["alone"], strict=True))
    entries = [
        style[n].entry(n if alone[n] else f"{n} (other settings vary)") for n in style
    ]
    for name, entry in zip(style, entries, strict=True):
        entry.set_linestyle(style[name].dash if alone[name] else "")
    if any(table["chosen"]):
        entries.append(_ring(label="chosen"))
    made, (axes,) = frame(title, where, entries, [AXES], [FRESH], TWO_LINES)
    value_limits(axes, table["outcome"].to_numpy(float))
    low = _log_axis(axes.xaxis, table["value"].to_numpy(float))
    rows = table.assign(value=table["value"].clip(lower=low))
    words = list(dict.fromkeys(rows["word"][np.isinf(rows["outcome"])]))
    heights = strip(axes, words)
    for name in style:
        own = rows.loc[rows["optimizer"].eq(name)]
        line = style[name].line | ({} if alone[name] else {"linestyle": ""})
        _setting_line(axes, own, line, style[name], heights)
    axes.set_xlabel(setting)
    axes.set_ylabel(broken(outcome, LABEL))
    return made


def _log_axis(axis: Any, values: np.ndarray) -> float:
    """Make an axis logarithmic over positive values; return its lower end."""
    positive = values[np.isfinite(values) & (values > 0)]
    low, high = (positive.min(), positive.max()) if len(positive) else (1.0, 1.0)
    decades(axis, low / 1.5, high * 1.5)
    return float(low / 1.5)


def _setting_line(
    axes: Axes,
    rows: pd.DataFrame,
    line: dict[str, Any],
    style: LineStyle,
    heights: dict[str, float],
) -> None:
    """Draw a line with gaps at values without an outcome, and marks for those."""
    ranked = rows.sort_values("value")
    there = ranked["outcome"].where(np.isfinite(ranked["outcome"]))
    axes.plot(ranked["value"], there, **line)
    for row in ranked.to_dict("records"):
        high = heights.get(row["word"]) if np.isinf(row["outcome"]) else None
        if high is not None:
            how = {"marker": style.marker, "color": style.colour, "markersize": 4}
            strip_mark(axes, row["value"], high, **how)
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
        markersize=9,
        zorder=5,
        markerfacecolor="none",
        markeredgecolor=INK,
        **more,
    )


def settings_map(
    problem: str, records: Sequence[TuningRecord], where: str = ""
) -> Figure:
    """Return maps of the outcome over an optimizer's settings, two at a time.

    The first setting is on each horizontal axis, each other one on a vertical axis.
    Colour is the outcome; crosses have none.

    Args:
        problem: Its label.
        records: Of one optimizer, of which several settings were tuned.
        where: dtype, device and number of seeds.
    """
    first, *others = list(records[0].chosen or {})
    table = pd.concat(map(outcomes, records), ignore_index=True)
    entries = [_ring(label="chosen"), _cross(label="no outcome")]
    heights = [*([PANEL if len(others) > 1 else AXES] * len(others)), BAR]
    title = f"{problem}: tuning of {records[0].label}"
    made, axes = frame(title, where, entries, heights, [FRESH])
    norm = _norm(table["outcome"].to_numpy(float))
    for ax, setting in zip(axes, others, strict=False):
        _map(ax, table, first, setting, norm)
    bar = made.colorbar(
        ScalarMappable(norm, COLOURS), cax=axes[-1], orientation="horizontal"
    )
    bar.ax.minorticks_off()
    axes[-1].set_xlabel(outcome_in_words(records[0]))
    return made


def _norm(outcomes: np.ndarray) -> Normalize:
    known = outcomes[np.isfinite(outcomes)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    if low > 0 and high / low > LINEAR:
        return LogNorm(low, high)
    return Normalize(low, high if high > low else low + 1)


def _map(
    axes: Axes, table: pd.DataFrame, first: str, other: str, norm: Normalize
) -> None:
    points = []
    for axis, name in ((axes.xaxis, first), (axes.yaxis, other)):
        values = table[name].to_numpy(float)
        points.append(np.maximum(values, _log_axis(axis, values)))
        axis.set_label_text(name)
    x, y = points
    reached = table["outcome"].to_numpy(float)
    there, chosen = np.isfinite(reached), table["chosen"].to_numpy(bool)
    axes.scatter(
        x[there],
        y[there],
        c=reached[there],
        cmap=COLOURS,
        norm=norm,
        s=26,
        edgecolors="white",
        linewidths=0.4,
    )
    for mark, rows in ((_cross(), ~there), (_ring(), chosen)):
        mark.set_data(x[rows], y[rows])
        axes.add_line(mark)


def _cross(**more: Any) -> Line2D:
    return Line2D([], [], linestyle="", marker="x", markersize=4, color=GREY, **more)


def settings_tried(
    title: str,
    table: pd.DataFrame,
    outcome: str,
    families: dict[str, LineStyle],
    where: str = "",
) -> Figure:
    """Return a curve for each optimizer: outcome against the number of settings tried.

    Args:
        title: The problem.
        table: A row for each `optimizer` and number of settings `tried`: `median`,
            `low`, `high` as in `statistics.best_of`; inf for never.
        outcome: The label of the outcome, with its unit.
        families: Styles by optimizer; others get an unused one.
        where: dtype, device and number of seeds.
    """
    style = optimizer_styles(table["optimizer"], families)
    entries = [style[name].entry(name) for name in style]
    made, (axes,) = frame(title, where, entries, [AXES], [FRESH], TWO_LINES)
    value_limits(axes, table[["median", "low", "high"]].to_numpy(float))
    decades(axes.xaxis, 0.9, max(2.0, max(table["tried"]) * 1.15))
    never = bool(np.isinf(table["median"]).any())
    heights = strip(axes, [NEVER] if never else [])
    for name in style:
        _curve(axes, table.loc[table["optimizer"].eq(name)], style[name], heights)
    axes.set_xlabel("k: settings tried (random draws)")
    axes.set_ylabel(broken(outcome, LABEL))
    return made


def _curve(
    axes: Axes, rows: pd.DataFrame, style: LineStyle, heights: dict[str, float]
) -> None:
    ranked = rows.sort_values("tried")
    tried, middle, low, high = (
        ranked[name].to_numpy(float) for name in ("tried", "median", "low", "high")
    )
    there = np.isfinite(middle)
    ends = axes.get_ylim()
    low, high = (
        np.where(np.isfinite(side), side, end)
        for side, end in zip((low, high), ends, strict=True)
    )
    axes.fill_between(
        tried, low, high, where=there, color=style.colour, alpha=0.12, lw=0
    )
    shown = np.unique(np.geomspace(1, len(tried), 9).round().astype(int)) - 1
    axes.plot(
        tried, np.where(there, middle, np.nan), markevery=list(shown), **style.line
    )
    for x in tried[~there]:
        how = {"marker": style.marker, "color": style.colour, "markersize": 4}
        strip_mark(axes, x, heights[NEVER], **how)
