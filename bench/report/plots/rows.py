"""Axes with a row for each optimizer: its name, its mark, then what is drawn."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from .style import LineStyle
from .words import shortened

ROW = 0.19
"""Height of a row in inches."""
LONGEST = 24
_CHARACTER = 0.062


def left_of(names: Sequence[str]) -> float:
    """Return the inches that the names take on the left of the axes."""
    longest = max((len(shortened(name, LONGEST)) for name in names), default=0)
    return 0.3 + _CHARACTER * longest


def height_of(names: Sequence[str]) -> float:
    """Return the inches that the rows take."""
    return ROW * len(names) + 0.08


def name_rows(axes: Axes, styles: Sequence[tuple[str, LineStyle]]) -> None:
    """Name the rows 0, 1, ... from the top, each beside the optimizer's mark."""
    names = [shortened(name, LONGEST) for name, _ in styles]
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(axis="y", length=0, pad=14)
    axes.grid(False, axis="y")
    for place, (_, style) in enumerate(styles):
        axes.plot(
            -0.035,
            place,
            marker=style.marker,
            color=style.colour,
            markersize=5,
            transform=axes.get_yaxis_transform(),
            clip_on=False,
        )
