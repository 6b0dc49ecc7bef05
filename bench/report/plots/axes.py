"""The scales and ticks of axes, and strips of marks above them."""

from collections.abc import Callable, Iterable, Sequence
from math import ceil, floor, log10
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from ..format import power
from .style import GREY, INK

MOST_TICKS = 6
FEW_DECADES = 2
ROOM = 1.35
"""Least ratio of the end of an axis to its last decade."""
LEAST, GREATEST = 1e-300, 1e300
"""The values that a logarithmic axis can show."""


def zero_and_decades(axis: Axis, values: Iterable[float]) -> None:
    """Make an axis logarithmic from the decade of its least cost, and linear below."""
    finite = (v for v in values if np.isfinite(v) and v > 0)
    positive = [min(max(v, LEAST), GREATEST) for v in finite] or [1.0]
    low, high = floor(log10(min(positive)) + 1e-9), ceil(log10(max(positive)) - 1e-9)
    high = max(high, low + 1)
    set_scale, set_limits = _setters(axis)
    set_scale("symlog", linthresh=10.0**low, linscale=0.35)
    _tick(axis, low, high, zero=True)
    most = max(max(positive) * 1.25, 2 * 10.0**low)
    if 10.0**high <= most < ROOM * 10.0**high:  # its label would leave the figure
        most = ROOM * 10.0**high
    set_limits(0.0, most)


def decades(axis: Axis, low: float, high: float) -> None:
    """Make an axis logarithmic between two positive values."""
    low, high = (min(max(value, LEAST), GREATEST) for value in (low, high))
    set_scale, set_limits = _setters(axis)
    set_scale("log")
    _tick(axis, floor(log10(low)), ceil(log10(high)), zero=False)
    set_limits(low, high)


def _setters(axis: Axis) -> tuple[Callable, Callable]:
    axes = axis.axes
    assert isinstance(axes, Axes)
    if axis is axes.xaxis:
        return axes.set_xscale, axes.set_xlim
    return axes.set_yscale, axes.set_ylim


def _tick(axis: Axis, low: int, high: int, zero: bool) -> None:
    stride = max(1, ceil((high - low) / MOST_TICKS))
    shown = range(low, high + 1, stride)
    plain = low >= -2 and high <= 4
    labels = {0.0: "0"}
    labels |= {10.0**e: f"{10.0**e:,g}" if plain else power(e) for e in shown}
    # Ticks are slow to draw: those between decades appear only if decades are few.
    few = high - low <= FEW_DECADES
    minor = [k * 10.0**e for e in range(low, high) for k in range(2, 10) if few]
    if few and plain:
        between = (2, 5) if high <= 3 and high - low < FEW_DECADES else (3,)
        halves = [k * 10.0**e for e in range(low, high) for k in between]
        labels |= {value: f"{value:,g}" for value in halves}
    ticks = [value for value in labels if value]
    axis.set_major_locator(FixedLocator([0.0] * zero + ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: labels.get(value, "")))
    axis.set_minor_locator(FixedLocator(minor))
    axis.set_minor_formatter(NullFormatter())


# Ratio above which an axis of positive values is logarithmic.
LINEAR = 20.0
ROW = 0.07
"""Height of a row, as a share of the axes' height."""


def value_limits(axes: Axes, values: np.ndarray) -> None:
    """Set an axis from the finite values: logarithmic if they span decades.

    Args:
        axes: The axes with the vertical axis.
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
    """Draw a strip of marks; return their heights by word, as shares of the axes'.

    Args:
        axes: Their height is reduced for the strip.
        words: The rows, from the lowest up.
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


def strip_mark(axes: Axes, x: float, height: float, **how: Any) -> None:
    """Put a mark into the strip, with `x` in data coordinates."""
    axes.plot(
        x,
        height,
        transform=axes.get_xaxis_transform(),
        clip_on=False,
        linestyle="",
        **how,
    )
