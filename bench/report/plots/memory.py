"""Plot the bytes of each optimizer's state against its time to the target."""

from math import inf, isfinite

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ...core.costs import COSTS
from ...core.footprint import MEASURES
from .axes import decades, strip, strip_mark, zero_and_decades
from .frame import AXES, frame
from .scene import Line, Scene
from .style import LineStyle

STATE = next(measure for measure in MEASURES if measure.name == "state_bytes")
NEVER = "never"


def figure(scene: Scene, styles: dict[str, LineStyle]) -> Figure | None:
    """Return a plot with a mark for each optimizer's best setting.

    Args:
        scene: One problem of a run.
        styles: By family.

    Returns:
        None if no optimizer with a state of known size reached the target.
    """
    lines = [line for line in scene.lines if line.best and isfinite(_bytes(line))]
    ends = [_seconds(line) for line in lines]
    reached = [x for end in ends for x in end if 0 < x < inf]
    if not reached:
        return None
    made, (axes,) = frame(
        f"{scene.problem}: memory and time",
        scene.where,
        [styles[line.family].entry(line.name) for line in lines],
        [AXES],
        ["medians over seeds, with their intervals"],
    )
    zero_and_decades(axes.xaxis, [_bytes(line) for line in lines])
    decades(axes.yaxis, min(reached) / 1.8, max(reached) * 1.8)
    never = any(middle == inf for middle, _, _ in ends)
    heights = strip(axes, [NEVER]) if never else {}
    for line, spent in zip(lines, ends, strict=True):
        _mark(axes, _bytes(line), spent, styles[line.family], heights)
    axes.set_xlabel(STATE.axis)
    axes.set_ylabel("time to the target (s)")
    return made


def _bytes(line: Line) -> float:
    return line.row[STATE.name]


def _seconds(line: Line) -> tuple[float, float, float]:
    """Return the median time to the target, and its bounds."""
    name = f"{COSTS['seconds'].name}_to_target"
    middle, low, high = (line.row[f"{name}{end}"] for end in ("", "_low", "_high"))
    return middle, low, high


def _mark(
    axes: Axes,
    size: float,
    spent: tuple[float, float, float],
    style: LineStyle,
    heights: dict[str, float],
) -> None:
    """Mark an optimizer, above the axes if it did not reach the target."""
    middle, low, high = spent
    how = {"marker": style.marker, "color": style.colour, "markersize": 5}
    how |= {"markeredgecolor": "white", "markeredgewidth": 0.4, "zorder": 3}
    if middle == inf:
        strip_mark(axes, size, heights[NEVER], **how)
        return
    top = high if isfinite(high) else axes.get_ylim()[1]
    axes.plot([size, size], [low, top], color=style.colour, linewidth=1)
    axes.plot(size, middle, linestyle="", **how)
