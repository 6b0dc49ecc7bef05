"""A strip above the axes for what has no number: a row for each word."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from .look import GREY, INK
from .scales import decades

# Over this ratio an axis of positive values is logarithmic.
LINEAR = 20.0
ROW = 0.07
"""Height of a row, of the axes' own."""


def limits(axes: Axes, values: np.ndarray) -> None:
    """Set an axis from the finite values: by decades where they span some.

    Args:
        axes: Whose vertical axis it is.
        values: float[...]; inf and nan are left out.
    """
    known = values[np.isfinite(values)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    if low > 0 and high / low > LINEAR:
        decades(axes.yaxis, low / 1.8, high * 1.8)
    else:
        room = 0.08 * (high - low) or 0.5
        axes.set_ylim(low - room, high + room)


def strip(axes: Axes, words: Sequence[str]) -> dict[str, float]:
    """Draw the strip and return, by word, how high its marks are, of the axes' own.

    Args:
        axes: They give up the room for it.
        words: The rows, from the lowest on.
    """
    left, bottom, width, height = axes.get_position().bounds
    axes.set_position((left, bottom, width, height / (1 + ROW * len(words))))
    box = {"color": GREY, "alpha": 0.25, "linewidth": 0, "clip_on": False}
    axes.add_patch(
        Rectangle((0, 1), 1, ROW * len(words), transform=axes.transAxes, **box)
    )
    heights = {word: 1 + (row + 0.5) * ROW for row, word in enumerate(words)}
    how = {"ha": "right", "va": "center", "color": INK, "transform": axes.transAxes}
    for word, middle in heights.items():
        axes.text(-0.015, middle, word, **how)
    return heights


def mark(axes: Axes, x: float, height: float, **how: Any) -> None:
    """Put a mark into the strip, `x` in the data's terms."""
    axes.plot(
        x,
        height,
        transform=axes.get_xaxis_transform(),
        clip_on=False,
        linestyle="",
        **how,
    )
