"""Plot the calls until the target: a row for each optimizer, a mark for each kind."""

from collections.abc import Callable
from math import inf, isfinite
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...core.readings import KINDS, READINGS
from ..groups import unit_of_calls
from .axes import zero_and_decades
from .frame import frame
from .rows import height_of, left_of, name_rows
from .scene import Line, Scene
from .style import GREY, INK, LineStyle

MARKS = dict(zip(READINGS, "svo>D*^Phd<pX", strict=True))
"""By the name of a kind of call."""
WORDS = {kind.name: kind.words for kind in KINDS}
OPEN: dict[str, Any] = {"linestyle": "", "markersize": 5, "markeredgewidth": 1.1}


def figure(scene: Scene, styles: dict[str, LineStyle]) -> Figure | None:
    """Return a plot of the calls of each optimizer's best setting until the target.

    Args:
        scene: One problem of a run.
        styles: By family.

    Returns:
        None if no optimizer reached the target.
    """
    lines = sorted((line for line in scene.lines if line.best), key=_order(scene))
    reached = [line for line in lines if _reached(line)]
    if not reached:
        return None
    names = [line.name for line in lines]
    used = [kind for kind in READINGS if any(_calls(line, kind) for line in reached)]
    made, (axes,) = frame(
        f"{scene.problem}: calls until the target",
        scene.where,
        [_entry(kind) for kind in used],
        [height_of(names)],
        ["medians over seeds; lines from the least to the most"],
        left_of(names),
    )
    counts = [n for line in reached for kind in used for n in _calls(line, kind)]
    zero_and_decades(axes.xaxis, counts)
    name_rows(axes, [(line.name, styles[line.family]) for line in lines])
    for place, line in enumerate(lines):
        _row(axes, place, line, used, styles[line.family].colour)
    axes.set_xlabel("calls")
    return made


def _order(scene: Scene) -> Callable[[Line], tuple[float, ...]]:
    """Return the sort key: the cost of all calls, then the gradients."""
    keys = [f"{unit_of_calls(scene.passes)}_to_target", "gradient_to_target"]

    def key(line: Line) -> tuple[float, ...]:
        spent = (line.row[key] for key in keys)
        return tuple(inf if cost != cost else cost for cost in spent)

    return key


def _reached(line: Line) -> bool:
    return isfinite(line.row["steps_to_target"])


def _calls(line: Line, kind: str) -> list[float]:
    """Return each trial's calls of a kind until the target; none if it has none."""
    reached = [r.readings_to_target for r in line.group.known]
    calls = [float(readings.get(kind, 0)) for readings in reached if readings]
    return calls if any(calls) else []


def _row(axes: Axes, place: int, line: Line, used: list[str], colour: str) -> None:
    if not _reached(line):
        how: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center"}
        axes.text(0.02, place, f"never: {line.row['ends']}", color=INK, **how)
        return
    for kind in used:
        if calls := _calls(line, kind):
            axes.plot([min(calls), max(calls)], [place] * 2, color=GREY, linewidth=1.5)
            axes.plot(
                line.row[f"{kind}_to_target"],
                place,
                marker=MARKS[kind],
                color=colour,
                markerfacecolor="white",
                zorder=3,
                **OPEN,
            )


def _entry(kind: str) -> Line2D:
    return Line2D(
        [],
        [],
        marker=MARKS[kind],
        color=INK,
        markerfacecolor="white",
        label=WORDS[kind],
        **OPEN,
    )
