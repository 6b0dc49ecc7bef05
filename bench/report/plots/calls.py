"""Plot gradients against forward passes to the target."""

from math import isfinite
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ...core.readings import READINGS
from .line_style import LineStyle
from .scales import zero_and_decades
from .scene import Line, Scene

SHOWN = ("forward", "point", "gradient")
"""The kinds of call on the axes; the legend has the others."""
OTHERS = tuple(kind for kind in READINGS if kind not in SHOWN)


def reached(scene: Scene) -> list[Line]:
    """Return the best settings of those that reached the target, as a median."""
    best = (line for line in scene.lines if line.best)
    return [line for line in best if isfinite(line.row["steps_to_target"])]


def draw(axes: Axes, scene: Scene, styles: dict[str, LineStyle]) -> None:
    """Draw a small mark a trial, and a large one for each optimizer's median."""
    lines = reached(scene)
    points = np.array([p for line in lines for p in _trials(line)])
    zero_and_decades(axes.xaxis, points[:, 0])
    zero_and_decades(axes.yaxis, points[:, 1])
    for line in lines:
        style = styles[line.family]
        shared: dict[str, Any] = {
            "color": style.colour,
            "marker": style.marker,
            "linestyle": "",
        }
        shared |= {"linestyle": "", "clip_on": False}
        trials = np.array(_trials(line))
        axes.plot(*trials.T, markersize=4, alpha=0.45, markeredgewidth=0, **shared)
        axes.plot(
            *_median(line), markersize=10, markeredgecolor="white", zorder=3, **shared
        )
    axes.set_xlabel("forward passes until the target (forward and point calls)")
    axes.set_ylabel("gradients until the target (calls)")


def handles(scene: Scene, styles: dict[str, LineStyle]) -> list[Line2D]:
    """Return the legend's entries: who arrived, with other calls, and who did not."""
    arrived = reached(scene)
    shown = [_handle(line, styles[line.family]) for line in arrived]
    never = [line for line in scene.lines if line.best and line not in arrived]
    if never:
        shown.append(Line2D([], [], linestyle="", label="never reached the target:"))
    shown += [
        Line2D([], [], linestyle="", label=f"{line.name}: {line.row['ends']}")
        for line in never
    ]
    return shown


def _handle(line: Line, style: LineStyle) -> Line2D:
    spent = [(call, line.row[f"{call}_to_target"]) for call in OTHERS]
    extra = ", ".join(f"{count:,.0f} {call}" for call, count in spent if count)
    name = f"{line.name} + {extra}" if extra else line.name
    return Line2D(
        [],
        [],
        color=style.colour,
        marker=style.marker,
        linestyle="",
        markersize=8,
        label=name,
    )


def _trials(line: Line) -> list[tuple[float, float]]:
    reached = (r.readings_to_target for r in line.group.records)
    return [(r["forward"] + r["point"], r["gradient"]) for r in reached if r]


def _median(line: Line) -> tuple[float, float]:
    row = line.row
    styles = row["forward_to_target"] + row["point_to_target"]
    return styles, row["gradient_to_target"]
