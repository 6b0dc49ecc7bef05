"""How the two forms of figures 9 to 13 are drawn side by side."""

from collections.abc import Mapping
from math import inf
from typing import Any

import numpy as np

from ...plots.look import Look, looks
from ...statistics.intervals import Interval
from .more_descent import Curves, over

SHOWN = ("SGD", "KS_50_0", "KS_10_0", "KS_50_2", "KV_50")
NEVER = 30.0
"""Where an infinite cost is drawn."""


def draw(
    calls: Mapping[str, Curves],
    fair: Mapping[str, Mapping[str, Interval]],
    figure: Any,
) -> None:
    """Draw losses as published and fair costs, both over Adam's, by problem."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    losses = {
        problem: {label: (over(curves, label, "Adam"),) * 3 for label in SHOWN}
        for problem, curves in calls.items()
    }
    style = looks([*SHOWN, *(label for found in fair.values() for label in found)])
    _dots(left, losses, style, inf)
    _dots(right, fair, style, NEVER)
    left.set(ylabel="loss over Adam's at equal cost", title="as published")
    right.set(ylabel="cost of 1 % over Adam's, in forward passes", title="fair")
    right.axhline(NEVER, color="#7F7F7F", linestyle=":", linewidth=1)
    right.annotate("never", (0, NEVER), xytext=(2, 3), textcoords="offset points")
    known = {}
    for axes in (left, right):
        handles, labels = axes.get_legend_handles_labels()
        known |= dict(zip(labels, handles, strict=True))
    figure.legend(known.values(), known, loc="outside right center")


def _dots(
    axes: Any,
    found: Mapping[str, Mapping[str, Any]],
    style: Mapping[str, Look],
    most: float,
) -> None:
    """Draw a column of dots with intervals for each problem."""
    labels = next(iter(found.values()))
    shifts = np.linspace(-0.25, 0.25, len(labels))
    for shift, label in zip(shifts, labels, strict=True):
        y, low, high = np.clip([x[label][:3] for x in found.values()], 0, most).T
        at = np.arange(len(found)) + shift
        look = style[label]
        axes.errorbar(
            at, y, (y - low, high - y), fmt=look.marker, color=look.colour, label=label
        )
    axes.axhline(1.0, color="#111111", linewidth=1)
    axes.set_yscale("log")
    names = [problem.removeprefix("figure").lstrip("s ") for problem in found]
    axes.set_xticks(range(len(found)), names, rotation=40, ha="right")
