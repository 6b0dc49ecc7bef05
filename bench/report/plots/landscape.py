"""Draw contours of a problem with two parameters, and trajectories across them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from ...core.metrics import COORDINATES
from ...store.landscapes import Landscape
from .frame import LEFT, RIGHT, frame
from .scene import Scene
from .size import current
from .style import INK, LineStyle
from .trajectories import KIND_MARKS, Trajectory

Styles = dict[str, LineStyle]
LEVELS = 18
HEIGHTS = (1.9, 3.6)
"""Least and greatest height of the axes in inches."""
ROOM = 0.12
"""Around trajectories and minimisers, as a share of what they span."""
MARKED = 24
"""Most marks on a trajectory."""
DARKEST, CONTOUR, STAR = "#D4DAE0", "#9AA5B1", "#F0C000"
"""The colours of the greatest losses, of the contours and of minimisers."""
_SHADES = LinearSegmentedColormap.from_list("shades", ["#FFFFFF", DARKEST])
_MINIMISER: dict[str, Any] = {"marker": "*", "color": STAR, "linestyle": ""}
_MINIMISER |= {"markersize": 9, "markeredgecolor": INK, "markeredgewidth": 0.6}
_START: dict[str, Any] = {"marker": "o", "color": "white", "linestyle": ""}
_START |= {"markersize": 5, "markeredgecolor": INK, "markeredgewidth": 0.9}
_LEFT: dict[str, Any] = {"marker": "x", "linestyle": "", "markersize": 5}


def figure(
    scene: Scene, land: Landscape, trajectories: Sequence[Trajectory], styles: Styles
) -> Figure:
    """Return contours with a trajectory for each optimizer.

    Args:
        scene: The problem.
        land: Its losses on a grid.
        trajectories: At least one.
        styles: By family.
    """
    made, axes = ground(scene, land, trajectories, styles, list(_notes(trajectories)))
    for trajectory in trajectories:
        draw(axes, trajectory, styles[trajectory.line.family])
    return made


def ground(
    scene: Scene,
    land: Landscape,
    trajectories: Sequence[Trajectory],
    styles: Styles,
    notes: Sequence[str],
) -> tuple[Figure, Axes]:
    """Return a figure with contours, legend and minimisers, without trajectories."""
    box = _box(land, trajectories)
    (left, right), (low, high) = box
    wide = current().width - LEFT - RIGHT
    height = float(np.clip(wide * (high - low) / (right - left), *HEIGHTS))
    entries = list(_entries(land, trajectories, styles, box))
    made, (axes,) = frame(scene.problem, scene.where, entries, [height], notes)
    _contours(axes, land, box)
    axes.plot(*land.minimisers.T, **_MINIMISER, zorder=5)
    for trajectory in trajectories:
        axes.plot(*trajectory.at[0], **_START, zorder=5)
    axes.set(xlim=(left, right), ylim=(low, high))
    axes.set_xlabel(COORDINATES[0])
    axes.set_ylabel(COORDINATES[1])
    axes.grid(False)
    return made, axes


def draw(axes: Axes, trajectory: Trajectory, style: LineStyle) -> None:
    """Draw a whole trajectory, and mark some of its steps by their kinds of call."""
    axes.plot(*trajectory.at.T, **line_of(style))
    for kind, (mark, _) in KIND_MARKS.items():
        rows = [row for row in marked(trajectory, axes) if trajectory.kind[row] == kind]
        axes.plot(*trajectory.at[rows].T, **mark_of(style, mark))
    departure = left_at(trajectory, axes)
    if departure is not None:
        axes.plot(*departure, **_LEFT, color=style.colour, clip_on=False, zorder=6)


def line_of(style: LineStyle) -> dict[str, Any]:
    """Return how the line of a trajectory is drawn."""
    how = {"color": style.colour, "linestyle": style.dash, "linewidth": 1.1}
    return how | {"zorder": 3, "solid_joinstyle": "round"}


def mark_of(style: LineStyle, mark: str, size: float = 3.6) -> dict[str, Any]:
    """Return how a step on a trajectory is drawn."""
    how = {"color": style.colour, "linestyle": "", "marker": mark, "markersize": size}
    return how | {"markeredgecolor": "white", "markeredgewidth": 0.4, "zorder": 4}


def marked(trajectory: Trajectory, axes: Axes) -> list[int]:
    """Return the rows of a trajectory that are marked: apart on paper."""
    corners = np.array([axes.get_xlim(), axes.get_ylim()])
    shares = (trajectory.at - corners[:, 0]) / np.ptp(corners, axis=1)
    least, kept = 1 / MARKED, [0]
    for row in range(1, len(shares)):
        if np.hypot(*(shares[row] - shares[kept[-1]])) >= least:
            kept.append(row)
    return kept if kept[-1] == len(shares) - 1 else [*kept, len(shares) - 1]


def left_at(trajectory: Trajectory, axes: Axes) -> NDArray | None:
    """Return where a trajectory that ends outside the axes leaves them, or None."""
    low, high = np.array([axes.get_xlim(), axes.get_ylim()]).T
    inside = ((trajectory.at >= low) & (trajectory.at <= high)).all(axis=1)
    if inside[-1] or not inside.any():
        return None
    last = int(np.flatnonzero(inside)[-1])
    here, there = trajectory.at[last : last + 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(there > here, high - here, low - here) / (there - here)
    return here + np.nanmin(np.where(there == here, np.inf, shares)) * (there - here)


def _box(land: Landscape, trajectories: Sequence[Trajectory]) -> NDArray:
    """Return the ends of both axes: what is visited of the grid, and minimisers."""
    grid = np.array([[x[0], x[-1]] for x in (land.x1, land.x2)])
    points = np.concatenate(
        [land.minimisers, *(trajectory.at for trajectory in trajectories)]
    )
    seen = points[((points >= grid[:, 0]) & (points <= grid[:, 1])).all(axis=1)]
    if not len(seen):
        return grid
    low, high = seen.min(axis=0), seen.max(axis=0)
    grown = np.ptp(grid, axis=1)
    longer = np.max((high - low) / grown) * grown  # the axes may differ in scale
    half = np.maximum((high - low) / 2, longer / 3.2) + ROOM * longer
    middle = (low + high) / 2
    ends = np.stack([middle - half, middle + half], axis=1)
    return np.clip(ends, grid[:, :1], grid[:, 1:])


def _contours(axes: Axes, land: Landscape, box: NDArray) -> None:
    """Draw lines of equal loss; their levels are quantiles, closer at low losses."""
    (left, right), (low, high) = box
    columns = (land.x1 >= left) & (land.x1 <= right)
    rows = (land.x2 >= low) & (land.x2 <= high)
    seen = land.loss[np.ix_(rows, columns)]
    shares = np.linspace(0, 1, LEVELS + 1)[1:] ** 2
    levels = np.unique(np.quantile(seen[np.isfinite(seen)], shares))
    if len(levels) < 3:  # a loss that is the same everywhere has no contours
        return
    given = (land.x1, land.x2, np.ma.masked_invalid(land.loss))
    shades = _SHADES(np.linspace(0, 1, len(levels) + 1))
    axes.contourf(*given, levels=levels, colors=list(map(tuple, shades)), extend="both")
    axes.contour(*given, levels=levels, colors=CONTOUR, linewidths=0.4, linestyles="-")


def _entries(
    land: Landscape, trajectories: Sequence[Trajectory], styles: Styles, box: NDArray
) -> Iterator[Line2D]:
    for trajectory in trajectories:
        style = styles[trajectory.line.family]
        how = {"color": style.colour, "linestyle": style.dash, "linewidth": 1.1}
        yield Line2D([], [], **how, label=trajectory.line.name)
    used = {kind for trajectory in trajectories for kind in trajectory.kind}
    for kind, (mark, words) in KIND_MARKS.items():
        if kind in used:
            how: dict[str, Any] = {
                "color": INK,
                "linestyle": "",
                "marker": mark,
                "markersize": 4,
            }
            yield Line2D([], [], **how, label=words)
    yield Line2D([], [], **_START, label="start")
    if len(land.minimisers):
        small: dict[str, Any] = _MINIMISER | {"markersize": 7}
        yield Line2D([], [], **small, label="minimiser")
    ends = (trajectory.at[-1] for trajectory in trajectories)
    if any(((at < box[:, 0]) | (at > box[:, 1])).any() for at in ends):
        yield Line2D([], [], **_LEFT, color=INK, label="leaves the picture")


def _notes(trajectories: Sequence[Trajectory]) -> Iterator[str]:
    thin = [trajectory for trajectory in trajectories if not trajectory.whole]
    if thin:
        yield (
            "trajectories through the evaluated steps alone; [evaluation] every = 1 "
            "evaluates all"
        )
    if any(len(trajectory.line.group.known) > 1 for trajectory in trajectories):
        yield "trajectories of the first seed"
