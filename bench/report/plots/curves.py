"""Draw progress against one cost, and the calls to the target."""

from collections.abc import Iterable
from math import isfinite
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from ...core.costs import COSTS
from ...core.readings import READINGS
from .scene import Curve, Line, Scene, band, until
from .style import GREY, INK, LineStyle, decades, zero_and_decades

FEW = 6
SPACING = 0.16
GOLDEN = 0.618
FLOOR: dict[str, Any] = {"color": GREY, "linewidth": 3, "alpha": 0.6, "zorder": 0}
# Limits of the vertical axis, relative to the value at the start.
HEADROOM = 10.0
DEPTH = 1e-16
# Least ratio of values for a logarithmic axis.
LINEAR = 20.0
TARGET: dict[str, Any] = {"color": INK, "linewidth": 1, "linestyle": (0, (1, 2))}


def draw(axes: Axes, scene: Scene, cost: str, styles: dict[str, LineStyle]) -> None:
    """Draw every line of a scene against one cost."""
    curves = [curve for line in scene.lines for curve in line.curves[cost]]
    low, high = _range(scene, curves)
    zero_and_decades(axes.xaxis, np.concatenate([curve.cost for curve in curves]))
    if low > 0 and high / low > LINEAR:
        decades(axes.yaxis, low, high)
    else:
        axes.set_ylim(low, high)
    on_top = sorted(scene.lines, key=lambda line: line.best)
    for i, line in enumerate(on_top):
        if line.curves[cost]:
            _line(axes, line, cost, styles[line.family], i, scene.target)
    if isfinite(scene.target):
        axes.axhline(scene.target, **TARGET)
    if _touches(scene):
        axes.axhline(scene.floor, **FLOOR)
    axes.set_xlabel(COSTS[cost].axis)


def value_label(scene: Scene) -> str:
    """Return the label of the vertical axis."""
    return "suboptimality: loss − least loss" if scene.certified else "training loss"


def handles(
    scene: Scene, costs: list[str], styles: dict[str, LineStyle]
) -> list[Line2D]:
    """Return the legend's entries: optimizers, then other elements of the plot."""
    best = [line for line in scene.lines if line.best]
    shown = [styles[line.family].entry(_name(line, costs)) for line in best]
    curves = [c for line in scene.lines for c in line.curves["seconds"]]
    if len(best) < len(scene.lines):
        shown.append(Line2D([], [], color=GREY, linewidth=1, label="other settings"))
    if isfinite(scene.target):
        shown.append(
            Line2D(
                [], [], color=INK, linewidth=1, linestyle=(0, (1, 2)), label="target"
            )
        )
    if _touches(scene):
        name = f"rounding: {scene.floor:.1e}\nincludes all below"
        shown.append(Line2D([], [], **FLOOR, label=name))
    if any(curve.left for curve in curves):
        shown.append(_mark("x", "diverged"))
    return shown


def _touches(scene: Scene) -> bool:
    """Return whether some suboptimality was below the rounding level."""
    if scene.floor < DEPTH:  # off the axis
        return False
    curves = (curve for line in scene.lines for curve in line.curves["seconds"])
    return any((curve.value <= scene.floor).any() for curve in curves)


def _name(line: Line, costs: list[str]) -> str:
    drawn = all(line.curves[cost] for cost in costs)
    return line.name if drawn else f"{line.name}\n(no price for its calls)"


def _mark(marker: str, name: str) -> Line2D:
    return Line2D([], [], color=INK, linestyle="", marker=marker, label=name)


def _line(
    axes: Axes, line: Line, cost: str, style: LineStyle, place: int, target: float
) -> None:
    curves = line.curves[cost]
    colour = style.colour if line.best else GREY
    middle = until(band(curves), target)
    if line.best and len(curves) >= FEW:
        axes.fill_between(
            middle.cost,
            middle.low,
            np.where(np.isfinite(middle.high), middle.high, axes.get_ylim()[1]),
            step="post",
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
    elif line.best and len(curves) > 1:
        axes.add_collection(_staircases(curves, colour), autolim=False)
    _median(axes, middle.cost, middle.median, line.best, style, place)
    _departures(axes, curves, colour)


def _staircases(curves: list[Curve], colour: str) -> LineCollection:
    """Return thin lines, one for each trial, as one artist, which draws faster."""
    paths = []
    for curve in curves:
        corners = np.repeat(np.arange(len(curve.cost)), 2)
        paths.append(
            np.column_stack([curve.cost[corners[1:]], curve.value[corners[:-1]]])
        )
    return LineCollection(paths, colors=colour, linewidths=0.6, alpha=0.5)


def _median(
    axes: Axes,
    cost: np.ndarray,
    median: np.ndarray,
    best: bool,
    style: LineStyle,
    place: int,
) -> None:
    there = np.isfinite(median)
    if not best:
        axes.step(cost[there], median[there], where="post", color=GREY, linewidth=0.8)
        return
    axes.step(
        cost[there],
        median[there],
        where="post",
        **style.line,
        markevery=_marked(axes, cost[there], place),
        zorder=3,
    )


def _marked(axes: Axes, cost: np.ndarray, place: int) -> list[int]:
    """Return the points to mark: evenly spaced, and offset between lines."""
    along = axes.xaxis.get_transform().transform(cost)
    low, high = axes.xaxis.get_transform().transform(np.array(axes.get_xlim()))
    first = low + (high - low) * SPACING * (place * GOLDEN % 1)
    wanted = np.arange(first, along[-1], (high - low) * SPACING)
    last = len(cost) - 1
    return sorted({last, *np.searchsorted(along, wanted).tolist()})


def _departures(axes: Axes, curves: Iterable[Curve], colour: str) -> None:
    """Mark where diverging curves leave the axes or become non-finite."""
    top = axes.get_ylim()[1]
    for curve in (curve for curve in curves if curve.left):
        inside = np.flatnonzero(curve.value < top)
        if not len(inside):
            continue
        last = inside[-1]
        seen = last + 1 < len(curve.value)
        cost = curve.cost[last + 1] if seen else curve.cost[last]
        value = top if seen else curve.value[last]
        axes.plot(cost, value, marker="x", color=colour, clip_on=False, zorder=4)


def _range(scene: Scene, curves: list[Curve]) -> tuple[float, float]:
    """Return limits that show all progress and the beginning of divergence."""
    values = np.concatenate([curve.value for curve in curves])
    values = values[np.isfinite(values)]
    start = float(max(curve.value[0] for curve in curves))
    low = float(np.nanmin([*values, scene.target]))
    high = float(values.max())
    if low > 0:
        low = max(low, DEPTH * start)
        high = min(high, HEADROOM * start)
        if high / low > LINEAR:
            return low / 1.8, high * 1.8
    high = min(high, start + 0.5 * (start - low)) if start > low else high
    room = 0.05 * (high - low) or 0.5
    return low - room, high + room


SHOWN = ("forward", "point", "gradient")
"""The kinds of call on the axes; the legend states the others."""
OTHERS = tuple(kind for kind in READINGS if kind not in SHOWN)


def reached(scene: Scene) -> list[Line]:
    """Return the best settings of each family whose median reached the target."""
    best = (line for line in scene.lines if line.best)
    return [line for line in best if isfinite(line.row["steps_to_target"])]


def draw_calls(axes: Axes, scene: Scene, styles: dict[str, LineStyle]) -> None:
    """Draw a small mark for each trial, and a large one for each optimizer's median."""
    lines = reached(scene)
    points = np.array([p for line in lines for p in _call_trials(line)])
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
        trials = np.array(_call_trials(line))
        axes.plot(*trials.T, markersize=4, alpha=0.45, markeredgewidth=0, **shared)
        axes.plot(
            *_call_median(line),
            markersize=10,
            markeredgecolor="white",
            zorder=3,
            **shared,
        )
    axes.set_xlabel("forward passes until the target (forward and point calls)")
    axes.set_ylabel("gradients until the target (calls)")


def call_handles(scene: Scene, styles: dict[str, LineStyle]) -> list[Line2D]:
    """Return the legend's entries: optimizers that reached the target, and others."""
    arrived = reached(scene)
    shown = [_call_handle(line, styles[line.family]) for line in arrived]
    never = [line for line in scene.lines if line.best and line not in arrived]
    if never:
        shown.append(Line2D([], [], linestyle="", label="never reached the target:"))
    shown += [
        Line2D([], [], linestyle="", label=f"{line.name}: {line.row['ends']}")
        for line in never
    ]
    return shown


def _call_handle(line: Line, style: LineStyle) -> Line2D:
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


def _call_trials(line: Line) -> list[tuple[float, float]]:
    reached = (r.readings_to_target for r in line.group.records)
    return [(r["forward"] + r["point"], r["gradient"]) for r in reached if r]


def _call_median(line: Line) -> tuple[float, float]:
    row = line.row
    forward_passes = row["forward_to_target"] + row["point_to_target"]
    return forward_passes, row["gradient_to_target"]
