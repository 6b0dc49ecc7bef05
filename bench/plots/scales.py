"""Axes over many decades that have room for a zero, ticked in plain powers of ten."""

from collections.abc import Callable, Iterable
from math import ceil, floor, log10

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from ..telling.units import power

MOST_TICKS = 9
FEW_DECADES = 2


def zero_and_decades(axis: Axis, values: Iterable[float]) -> None:
    """Make an axis logarithmic from the decade of its least cost, and linear to 0."""
    positive = [v for v in values if np.isfinite(v) and v > 0] or [1.0]
    low, high = floor(log10(min(positive)) + 1e-9), ceil(log10(max(positive)) - 1e-9)
    high = max(high, low + 1)
    set_scale, set_limits = _setters(axis)
    set_scale("symlog", linthresh=10.0**low, linscale=0.35)
    _tick(axis, low, high, zero=True)
    set_limits(0.0, max(max(positive) * 1.25, 2 * 10.0**low))


def decades(axis: Axis, low: float, high: float) -> None:
    """Make an axis logarithmic between two positive values."""
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
    # A tick is dear to draw: those between decades only where decades are few.
    few = high - low <= FEW_DECADES
    minor = [k * 10.0**e for e in range(low, high) for k in range(2, 10) if few]
    if few and plain:
        halves = [k * 10.0**e for e in range(low, high) for k in (2, 5)]
        labels |= {value: f"{value:,g}" for value in halves}
    ticks = [value for value in labels if value]
    axis.set_major_locator(FixedLocator([0.0] * zero + ticks))
    axis.set_major_formatter(FuncFormatter(lambda value, _: labels.get(value, "")))
    axis.set_minor_locator(FixedLocator(minor))
    axis.set_minor_formatter(NullFormatter())
