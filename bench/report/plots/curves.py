"""Draw progress against one cost."""

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...core.costs import COSTS
from ..groups import passes_in_words
from .axes import decades, zero_and_decades
from .frame import AXES, PANEL, blank, frame, wrap_labels
from .scene import Curve, Line, Scene, band, until
from .style import GREY, INK, LineStyle

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


def figure(scene: Scene, costs: list[str], styles: dict[str, LineStyle]) -> Figure:
    """Return a figure with axes for each cost, one below the other.

    Args:
        scene: One problem of a run.
        costs: Of `scene.costs`; if there are none, the figure says so.
        styles: By family.
    """
    heights = [PANEL if len(costs) > 1 else AXES] * max(1, len(costs))
    entries = handles(scene, costs, styles)
    notes = [*_notes(scene, costs), *scene.absent]
    made, axes = frame(
        *(scene.problem, scene.where, entries, heights, notes), beside=True
    )
    if not costs:
        blank(axes[0], f"no finite {scene.label}")
    for ax, cost in zip(axes, costs, strict=False):
        draw(ax, scene, cost, styles)
        ax.set_ylabel(scene.label)
    wrap_labels(axes)
    return made


def _notes(scene: Scene, costs: list[str]) -> Iterator[str]:
    most = max((len(line.group.known) for line in scene.lines), default=1)
    words = passes_in_words(scene.passes)
    if words and any(COSTS[cost].per_pass for cost in costs):
        yield words
    if most > 1:
        seeds = "bands: middle half" if most >= FEW else "thin lines: seeds"
        yield f"thick lines: medians, until half of the seeds have ended; {seeds}"


def draw(axes: Axes, scene: Scene, cost: str, styles: dict[str, LineStyle]) -> None:
    """Draw every line of a scene against one cost."""
    curves = [curve for line in scene.lines for curve in line.curves[cost]]
    zero_and_decades(axes.xaxis, np.concatenate([curve.cost for curve in curves]))
    _limit(axes, scene, curves)
    on_top = sorted(scene.lines, key=lambda line: line.best)
    for i, line in enumerate(on_top):
        if line.curves[cost]:
            _line(axes, line, cost, styles[line.family], i, scene)
    for target in filter(isfinite, [scene.target, *scene.easier]):
        axes.axhline(target, **TARGET)
    if _touches(scene):
        axes.axhline(scene.floor, **FLOOR)
    axes.set_xlabel(COSTS[cost].axis)


def handles(
    scene: Scene, costs: list[str], styles: dict[str, LineStyle]
) -> list[Line2D]:
    """Return the legend's entries: optimizers, then other elements of the plot."""
    best = [line for line in scene.lines if line.best]
    shown = [styles[line.family].entry(_name(line, costs)) for line in best]
    curves = [*_each(scene)]
    if len(best) < len(scene.lines):
        shown.append(Line2D([], [], color=GREY, linewidth=1, label="other settings"))
    if isfinite(scene.target):
        shown.append(
            Line2D([], [], **TARGET, label="targets" if scene.easier else "target")
        )
    if _touches(scene):
        name = f"rounding, and all below: {scene.floor:.1e}"
        shown.append(Line2D([], [], **FLOOR, label=name))
    if any(curve.left for curve in curves):
        shown.append(_mark("x", "diverged"))
    return shown


def _touches(scene: Scene) -> bool:
    """Return whether some suboptimality was below the rounding level."""
    if scene.floor < DEPTH:  # off the axis
        return False
    return any((curve.value <= scene.floor).any() for curve in _each(scene))


def _each(scene: Scene) -> Iterator[Curve]:
    """Yield the curve of each trial, against some cost."""
    for line in scene.lines:
        yield from next((curves for curves in line.curves.values() if curves), ())


def _name(line: Line, costs: list[str]) -> str:
    drawn = all(line.curves[cost] for cost in costs)
    return line.name if drawn else f"{line.name} (no price for its calls)"


def _mark(marker: str, name: str) -> Line2D:
    return Line2D([], [], color=INK, linestyle="", marker=marker, label=name)


def _line(
    axes: Axes, line: Line, cost: str, style: LineStyle, place: int, scene: Scene
) -> None:
    curves = line.curves[cost]
    colour = style.colour if line.best else GREY
    middle = until(band(curves), scene.target, scene.rising)
    if line.best and len(curves) >= FEW:
        low, high = (np.clip(x, *axes.get_ylim()) for x in (middle.low, middle.high))
        axes.fill_between(
            middle.cost,
            low,
            high,
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


def _limit(axes: Axes, scene: Scene, curves: list[Curve]) -> None:
    """Set limits that show all progress and the beginning of divergence."""
    values = np.concatenate([curve.value for curve in curves])
    values = values[np.isfinite(values)]
    starts = [v for curve in curves if np.isfinite(v := curve.value[0])]
    if scene.rising:
        axes.set_ylim(*_rising(values, starts, scene.target))
        return
    start = float(max(starts, default=values.max()))
    low = float(np.nanmin([*values, scene.target]))
    high = float(values.max())
    if low > 0:
        shown = max(low, DEPTH * start), min(high, HEADROOM * start)
        ratio = shown[1] / shown[0]
        if ratio > LINEAR or scene.log:
            room = 1.8 if ratio > LINEAR else max(1.05, ratio**0.1)
            decades(axes.yaxis, shown[0] / room, shown[1] * room)
            return
        low, high = shown
    high = min(high, start + 0.5 * (start - low)) if start > low else high
    room = 0.05 * (high - low) or 0.5
    axes.set_ylim(low - room, high + room)


def _rising(
    values: np.ndarray, starts: list[float], target: float
) -> tuple[float, float]:
    """Return limits for a metric of which more is better; of a share, up to 1."""
    low, high = float(values.min()), float(np.nanmax([*values, target]))
    start = min(starts, default=low)
    if start < high:
        low = max(low, start - 0.5 * (high - start))
    if low >= 0 and high <= 1:
        high = 1.0
    room = 0.05 * (high - low) or 0.5
    return low - room, high + room
