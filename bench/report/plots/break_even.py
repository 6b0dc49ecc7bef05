"""Plot the cost to target against the price of a gradient."""

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..groups import on_examples
from ..prices import Contest
from .axes import decades, zero_and_decades
from .frame import AXES, frame
from .style import GREY, INK, LineStyle
from .words import shortened

MOST_LINES, MOST_PAIRS = 6, 8
BAR = 0.3
"""Height of a bar with its names, in inches."""
LONGEST = 22
LEAST_PRICE, GREATEST_PRICE = 1.0, 30.0
"""Range of gradient prices shown, in forward passes."""
MEASURED: dict[str, Any] = {"color": INK, "linewidth": 1, "linestyle": (0, (1, 2))}


def figure(
    contest: Contest,
    pairs: Sequence[dict[str, Any]],
    styles: dict[str, LineStyle],
    where: str = "",
) -> Figure:
    """Return a plot of cost against the price of a gradient, with break-even prices.

    Args:
        contest: From `break_even.contests`.
        pairs: Its rows of `break_even_prices`.
        styles: By family.
        where: dtype, device and number of seeds.
    """
    prices = _prices(contest)
    shown = _best(contest, prices)
    style = {contest.optimizers[i]: styles[contest.families[i]] for i in shown}
    met = _met(pairs, style, prices)
    heights = [AXES, BAR * len(met)] if met else [AXES]
    on = on_examples(contest.problem, contest.batch)
    title = f"{on}: cost by the price of a gradient"
    made, axes = frame(title, where, _handles(style, bool(met)), heights)
    _costs(axes[0], contest, prices, style)
    if met:
        _bars(axes[1], met, style)
    for ax in axes:
        decades(ax.xaxis, prices[0], prices[-1])
        ax.axvline(contest.price, **MEASURED)
    axes[-1].set_xlabel("price of a gradient (forward passes)")
    return made


def _prices(contest: Contest) -> np.ndarray:
    low = min(LEAST_PRICE, contest.price / 1.5)
    return np.geomspace(low, max(GREATEST_PRICE, 3 * contest.price), 200)


def _best(contest: Contest, prices: np.ndarray) -> list[int]:
    """Return the optimizers that are cheapest at some price, and the next cheapest."""
    cheapest = [int(np.argmin(contest.costs(price))) for price in prices]
    first = dict.fromkeys(cheapest)
    rest = (i for i in range(len(contest.optimizers)) if i not in first)
    return sorted([*first, *rest][:MOST_LINES])


def _met(
    pairs: Sequence[dict[str, Any]], style: dict[str, LineStyle], prices: np.ndarray
) -> list[dict[str, Any]]:
    """Return the shown pairs' break-even prices nearest to the measured price."""
    inside = [
        row
        for row in pairs
        if {row["below"], row["above"]} <= style.keys()
        and prices[0] <= row["price"] <= prices[-1]
    ]
    near = sorted(inside, key=lambda row: abs(log(row["price"] / row["measured"])))
    return sorted(near[:MOST_PAIRS], key=lambda row: row["price"])


def _costs(
    axes: Axes, contest: Contest, prices: np.ndarray, style: dict[str, LineStyle]
) -> None:
    costs = np.array([contest.costs(price) for price in prices])
    rows = {name: costs[:, contest.optimizers.index(name)] for name in style}
    drawn = np.array(list(rows.values()))
    for place, (name, line) in enumerate(style.items()):
        axes.plot(
            prices,
            rows[name],
            **line.line,
            markevery=(5 * place, 40),
        )
    low, high = float(drawn.min()), float(drawn.max())
    if low > 0:
        decades(axes.yaxis, low / 1.5, max(high * 1.5, low * 10))
    else:  # the target was met at the start
        zero_and_decades(axes.yaxis, drawn.ravel())
    axes.set_ylabel("cost to target (forward passes)")


def _bars(
    axes: Axes, met: Sequence[dict[str, Any]], style: dict[str, LineStyle]
) -> None:
    """Draw a named bar for each pair: winner below, winner above, uncertain range."""
    left, right = 1e-3, 1e6
    for place, row in enumerate(met):
        below, above = style[row["below"]], style[row["above"]]
        low, high = max(row["low"], left), min(row["high"], right)
        for ends, colour in (
            ((left, low), below.colour),
            ((low, high), GREY),
            ((high, right), above.colour),
        ):
            axes.plot(
                ends, [place] * 2, color=colour, linewidth=4, solid_capstyle="butt"
            )
        axes.plot(row["price"], place, marker="|", color=INK, markersize=8)
        _end(axes, 0.02, place, row["below"], below)
        _end(axes, 0.98, place, row["above"], above)
    axes.set_ylim(len(met) - 0.6, -0.8)
    axes.set_yticks([])
    axes.grid(False, axis="y")


def _end(axes: Axes, x: float, place: int, name: str, style: LineStyle) -> None:
    """Mark and name the optimizer that wins on this side."""
    side = "left" if x < 0.5 else "right"
    how: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "ha": side}
    on_white = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
    words = shortened(name, LONGEST)
    axes.text(x, place - 0.28, words, va="bottom", bbox=on_white, zorder=3, **how)
    axes.plot(
        x,
        place,
        marker=style.marker,
        color=style.colour,
        markersize=6,
        markeredgecolor="white",
        transform=axes.get_yaxis_transform(),
        zorder=4,
    )


def _handles(style: dict[str, LineStyle], paired: bool) -> list[Line2D]:
    shown = [one.entry(name) for name, one in style.items()]
    shown.append(Line2D([], [], **MEASURED, label="measured here"))
    if paired:
        thick = {"color": GREY, "linewidth": 4}
        shown += [
            Line2D([], [], linestyle="", marker="|", color=INK, label="break-even"),
            Line2D([], [], **thick, label="seeds disagree"),
        ]
    return shown
