"""How plots are styled: frames, axes, and lines with a style for each optimizer."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import ceil, floor, log10
from typing import Any, Literal, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter

from ..format import power

# Okabe and Ito's colours for colour-blind readers, without yellow, which is faint on
# white; then Tol's wine and olive.
COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#E69F00",
    "#333333",
    "#882255",
    "#999933",
)
Dash = Literal["-"] | tuple[float, Sequence[float]]
DASHES: tuple[Dash, ...] = ("-", (0, (4, 1.5)), (0, (1.2, 1)), (0, (6, 1, 1.2, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")
GREY = "#B8B8B8"
INK = "#262626"
SETTINGS: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#7F7F7F",
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "font.size": 9.5,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.7,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "svg.hashsalt": "gradmeter",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


class LineStyle(NamedTuple):
    """The style of one optimizer, in every plot of a run."""

    colour: str
    dash: Dash
    marker: str

    @property
    def line(self) -> dict[str, Any]:
        """The style of its lines, as matplotlib's keywords."""
        return {
            "color": self.colour,
            "linestyle": self.dash,
            "linewidth": 1.8,
            "marker": self.marker,
            "markersize": 5,
            "markeredgecolor": "white",
            "markeredgewidth": 0.5,
        }

    def entry(self, name: str) -> Line2D:
        """Return its entry in a legend."""
        colour, dash, marker = self
        return Line2D(
            [],
            [],
            color=colour,
            linestyle=dash,
            marker=marker,
            markersize=5,
            label=name,
        )


def line_styles(families: Iterable[str]) -> dict[str, LineStyle]:
    """Return a line style for each name, by its position.

    Nine solid lines, then the same colours dashed, dotted, dash-dotted, all with
    markers that repeat after eleven: without colour, lines with the same marker have
    different dashes.
    """
    return {
        name: LineStyle(COLOURS[i % 9], DASHES[i // 9 % 4], MARKERS[i % 11])
        for i, name in enumerate(dict.fromkeys(families))
    }


def consistent_styles(
    names: Iterable[str], known: Mapping[str, LineStyle]
) -> dict[str, LineStyle]:
    """Return a style for each name: its known style, or an unused one."""
    wanted = list(dict.fromkeys(names))
    every = line_styles(map(str, range(len(known) + len(wanted)))).values()
    spare = (style for style in every if style not in known.values())
    return {name: known.get(name) or next(spare) for name in wanted}


@contextmanager
def plot_style() -> Iterator[None]:
    """Draw with the project's settings, independent of the user's."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(SETTINGS)
        yield


# Inches. Text has fixed sizes, so that its space is known; matplotlib's layout engines
# would draw everything twice more to find it.
HEIGHT = 4.8
AXES = 5.4
PANEL = 3.9
LEFT, BOTTOM, TOP, GAP, EDGE = 0.85, 0.62, 0.5, 0.28, 0.12


def frame(
    title: str,
    handles: Sequence[Line2D],
    widths: Sequence[float],
    notes: Iterable[str] = (),
    gap: float = GAP,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with axes of these widths in inches.

    Args:
        title: The title of the figure.
        handles: The legend's entries.
        widths: Of the axes, from the left.
        notes: Lines below the legend.
        gap: Inches between two axes; axes with their own labels need more.
    """
    figure = Figure(figsize=(1, HEIGHT))
    canvas = FigureCanvasAgg(figure)
    right = LEFT + sum(widths) + GAP + gap * (len(widths) - 1)
    legend = _legend(figure, handles, notes)
    needs = legend.get_window_extent(canvas.get_renderer())
    width = right + needs.width / figure.dpi + EDGE
    height = max(HEIGHT, TOP + needs.height / figure.dpi + EDGE)
    figure.set_size_inches(width, height)
    legend.set_bbox_to_anchor((right / width, 1 - TOP / height))
    figure.text(EDGE / width, 1 - EDGE / height, title, size="large", va="top")
    return figure, _row(figure, widths, gap, width, height)


def _row(
    figure: Figure, widths: Sequence[float], gap: float, width: float, height: float
) -> list[Axes]:
    left, axes = LEFT, []
    bottom, tall = BOTTOM / height, 1 - (BOTTOM + TOP) / height
    for each in widths:
        axes.append(figure.add_axes((left / width, bottom, each / width, tall)))
        left += each + gap
    return axes


def _legend(figure: Figure, handles: Sequence[Line2D], notes: Iterable[str]) -> Legend:
    said = [Line2D([], [], linestyle="", label=text) for text in notes]
    return figure.legend(
        handles=[*handles, *said],
        loc="upper left",
        handlelength=3.4,
        borderaxespad=0,
        borderpad=0,
    )


MOST_TICKS = 9
FEW_DECADES = 2


def zero_and_decades(axis: Axis, values: Iterable[float]) -> None:
    """Make an axis logarithmic from the decade of its least cost, and linear below."""
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
    # Ticks are slow to draw: those between decades appear only if decades are few.
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
