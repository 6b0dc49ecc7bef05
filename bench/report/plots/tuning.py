"""Plots of tuning: the outcome by setting, and by the number of settings."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...core.records import TuningRecord
from ..format import NEVER
from ..tuning import by_number_tried, by_optimizer, by_value, outcome_in_words
from .style import (
    AXES,
    INK,
    LineStyle,
    consistent_styles,
    decades,
    frame,
    strip,
    strip_mark,
    value_limits,
)


def figures(
    problem: str, records: Sequence[TuningRecord], styles: dict[str, LineStyle]
) -> Iterator[tuple[str, Figure]]:
    """Yield a name and a figure for each setting, and for the number of settings.

    Args:
        problem: Its label.
        records: The tuning records of the problem's optimizers.
        styles: Those of the run's other plots.
    """
    words = f"{outcome_in_words(records[0])}, on fresh seeds"
    for setting in dict.fromkeys(name for r in records for name in r.chosen or ()):
        table, title = _outcomes(records, setting), f"{problem}, tuning"
        drawn = sensitivity(title, table, setting, words, styles)
        yield f"sensitivity-{setting}", drawn
    by_draw_seed = by_optimizer(records).values()
    curves = pd.concat(map(by_number_tried, by_draw_seed), ignore_index=True)
    title = f"{problem}, best of k settings"
    yield "best-of-k", settings_tried(title, curves, words, styles)


def _outcomes(records: Sequence[TuningRecord], setting: str) -> pd.DataFrame:
    tables = [
        by_value(record, setting)
        for record in records
        if setting in (record.chosen or ())
    ]
    return pd.concat(tables, ignore_index=True)


def sensitivity(
    title: str,
    table: pd.DataFrame,
    setting: str,
    outcome: str,
    families: dict[str, LineStyle],
) -> Figure:
    """Return the outcome against a setting, on a logarithmic axis.

    Args:
        title: The problem.
        table: A row for each setting tried: `optimizer`, `value` > 0 of the setting,
            `outcome` (the least is best; inf for none), `word` if there is none
            ("diverged", "never"), and whether it was `chosen`.
        setting: The label of `value`.
        outcome: The label of `outcome`, with its unit.
        families: Styles by optimizer; others get an unused one.
    """
    style = consistent_styles(table["optimizer"], families)
    entries = [style[name].entry(name) for name in style]
    if any(table["chosen"]):
        entries.append(_ring(label="chosen"))
    made, (axes,) = frame(title, entries, [AXES])
    value_limits(axes, table["outcome"].to_numpy(float))
    decades(axes.xaxis, min(table["value"]) / 1.5, max(table["value"]) * 1.5)
    words = list(dict.fromkeys(table["word"][np.isinf(table["outcome"])]))
    heights = strip(axes, words)
    for name in style:
        _setting_line(axes, table.query("optimizer == @name"), style[name], heights)
    axes.set_xlabel(setting)
    axes.set_ylabel(outcome)
    return made


def _setting_line(
    axes: Axes, rows: pd.DataFrame, style: LineStyle, heights: dict[str, float]
) -> None:
    """Draw a line with gaps at values without an outcome, and marks for those."""
    ranked = rows.sort_values("value")
    there = ranked["outcome"].where(np.isfinite(ranked["outcome"]))
    axes.plot(ranked["value"], there, **style.line)
    for row in ranked.to_dict("records"):
        high = heights.get(row["word"]) if np.isinf(row["outcome"]) else None
        if high is not None:
            how = {"marker": style.marker, "color": style.colour, "markersize": 5}
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
        markersize=11,
        zorder=5,
        markerfacecolor="none",
        markeredgecolor=INK,
        **more,
    )


def settings_tried(
    title: str, table: pd.DataFrame, outcome: str, families: dict[str, LineStyle]
) -> Figure:
    """Return a curve for each optimizer: outcome against the number of settings tried.

    Args:
        title: The problem.
        table: A row for each `optimizer` and number of settings `tried`: `median`,
            `low`, `high` as in `statistics.best_of`; inf for never.
        outcome: The label of the outcome, with its unit.
        families: Styles by optimizer; others get an unused one.
    """
    style = consistent_styles(table["optimizer"], families)
    made, (axes,) = frame(title, [style[name].entry(name) for name in style], [AXES])
    value_limits(axes, table[["median", "low", "high"]].to_numpy(float))
    decades(axes.xaxis, 0.9, max(2.0, max(table["tried"]) * 1.15))
    never = bool(np.isinf(table["median"]).any())
    heights = strip(axes, [NEVER] if never else [])
    for name in style:
        _curve(axes, table.query("optimizer == @name"), style[name], heights)
    axes.set_xlabel("settings tried (random draws)")
    axes.set_ylabel(outcome)
    return made


def _curve(
    axes: Axes, rows: pd.DataFrame, style: LineStyle, heights: dict[str, float]
) -> None:
    ranked = rows.sort_values("tried")
    tried, middle, low, high = (
        ranked[name].to_numpy(float) for name in ("tried", "median", "low", "high")
    )
    there = np.isfinite(middle)
    top = np.where(np.isfinite(high), high, axes.get_ylim()[1])
    axes.fill_between(
        tried, low, top, where=there, color=style.colour, alpha=0.12, lw=0
    )
    shown = np.unique(np.geomspace(1, len(tried), 9).round().astype(int)) - 1
    axes.plot(
        tried, np.where(there, middle, np.nan), markevery=list(shown), **style.line
    )
    for x in tried[~there]:
        how = {"marker": style.marker, "color": style.colour, "markersize": 5}
        strip_mark(axes, x, heights[NEVER], **how)
