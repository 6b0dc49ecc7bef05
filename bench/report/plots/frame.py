"""Figures of the size that a paper has room for: title, axes, legend and notes."""

from collections.abc import Iterable, Sequence
from math import ceil

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text

from .shown import ShownFigure
from .size import ONE_COLUMN, NoRoom, current
from .style import FONT, GREY, INK, MUTED
from .words import WIDTH, broken, wrapped

# Inches, for text of 8 pt. Text has fixed sizes, so that its space is known;
# matplotlib's layout engines would draw everything twice more to find it.
AXES = 2.3
"""Height of axes that are alone."""
PANEL = 1.5
"""Height of one of several axes."""
LEFT, RIGHT, EDGE, BELOW, SPACE, LINE = 0.62, 0.14, 0.06, 0.42, 0.1, 0.13
BESIDE = 2.2
"""Least width of axes that stand beside each other, with what is on their left."""
SHRUNK = 0.5
"""Least height of axes, as a share of what they have without a given height."""
CHARACTERS = 58
"""Of a line of text over the width of one column."""
BOLD = 53
"""The same of a title."""
NARROW = (22, 20, 18)
"""Characters of a line of a name in one of two columns, the most that fit."""
MANY = 9
"""Entries of a legend that is long."""


def frame(
    title: str,
    where: str,
    handles: Sequence[Line2D],
    heights: Sequence[float],
    notes: Iterable[str] = (),
    left: float = LEFT,
    beside: bool = False,
) -> tuple[Figure, list[Axes]]:
    """Return a figure of the current size with axes of these heights in inches.

    The axes are one below the other, or a given height is shared out among them.

    Args:
        title: The title of the figure, any text.
        where: In small letters below it: dtype, device, number of seeds.
        handles: The legend's entries, below the axes.
        heights: Of the axes, from the top.
        notes: Lines below the legend.
        left: Inches on the left of the axes.
        beside: Whether axes stand beside each other where the width allows it.

    Raises:
        NoRoom: The given height is too small.
    """
    width = current().width
    figure = ShownFigure(figsize=(width, 1))
    renderer = FigureCanvasAgg(figure).get_renderer()
    muted = MUTED if mpl.rcParams["text.color"] == INK else INK
    head = _texts(figure, [(title, INK, "bold"), (where, muted, "normal")])
    foot = _texts(figure, [(note, INK, "normal") for note in notes])
    legend = _legend(figure, handles, renderer) if handles else None
    above = EDGE + sum(_height(figure, text, renderer) for text in head) + SPACE
    tall = _height(figure, legend, renderer) + SPACE if legend else 0.0
    said = sum(_height(figure, text, renderer) for text in foot)
    across = _across(len(heights), width) if beside else 1
    rows = [heights[first : first + across] for first in range(0, len(heights), across)]
    below = _below(width / across)
    text = above + below * len(rows) + tall + said + EDGE
    stretch = _stretch(text, sum(map(max, rows)))
    height = text + stretch * sum(map(max, rows))
    figure.set_size_inches(width, height)
    _stack(figure, head, height - EDGE, renderer)
    rows = [[stretch * each for each in row] for row in rows]
    spaces = left * _scale(), below
    axes, bottom = _axes(figure, rows, height - above, spaces, across)
    if legend:
        legend.set_bbox_to_anchor((EDGE / width, bottom / height))
    _stack(figure, foot, bottom - tall, renderer)
    return figure, axes


def _across(count: int, width: float) -> int:
    """Return how many axes stand beside each other, so that all rows are full."""
    most = max(1, int(width / BESIDE))
    return max(n for n in range(1, most + 1) if count % n == 0)


def _scale() -> float:
    """Return how large text is, over its usual size."""
    return mpl.rcParams["font.size"] / FONT


def _stretch(text: float, natural: float) -> float:
    """Return by how much axes are higher than usual, to have the current height."""
    width, height = current()
    stretch = 1.0 if height is None else (height - text) / natural
    if stretch < SHRUNK:
        least = ceil(100 * (text + SHRUNK * natural)) / 100
        raise NoRoom(f"{width:g} inches of width need a height of {least:g}")
    return stretch


def _axes(
    figure: Figure,
    rows: Sequence[Sequence[float]],
    top: float,
    spaces: tuple[float, float],
    across: int,
) -> tuple[list[Axes], float]:
    """Add rows of axes, the first below `top` inches; return them and where they end.

    Args:
        figure: The figure.
        rows: The heights of the axes.
        top: Inches from the bottom of the figure.
        spaces: Inches on the left of and below each axes.
        across: Axes in a row.
    """
    wide, tall = figure.get_size_inches()
    each, (left, below), axes = wide / across, spaces, []
    for row in rows:
        for place, high in enumerate(row):
            box = (place * each + left, top - high, each - left - RIGHT, high)
            shares = np.array(box) / (wide, tall, wide, tall)
            axes.append(figure.add_axes(tuple(shares.tolist())))
        top -= max(row) + below
    return axes, top


def _below(slot: float) -> float:
    """Return the inches below axes: a label has two lines where they are narrow."""
    return _scale() * (BELOW + (LINE if slot < ONE_COLUMN.width else 0.0))


def wrap_labels(axes: Sequence[Axes]) -> None:
    """Break the labels below narrow axes into two lines."""
    if not axes:
        return
    figure, bottom = axes[0].get_figure(), axes[0].get_position().y0
    assert isinstance(figure, Figure)
    across = sum(one.get_position().y0 == bottom for one in axes)
    if figure.get_figwidth() / across >= ONE_COLUMN.width:
        return
    for one in axes:
        room = one.get_position().width * figure.get_figwidth() + 2 * RIGHT
        most = int(CHARACTERS * room / ONE_COLUMN.width / _scale())
        one.set_xlabel(broken(one.get_xlabel(), most))


def _texts(figure: Figure, parts: Iterable[tuple[str, str, str]]) -> list[Text]:
    columns = figure.get_figwidth() / ONE_COLUMN.width / _scale()
    return [
        figure.text(
            EDGE / figure.get_figwidth(),
            0,
            wrapped(words, round(columns * (BOLD if weight == "bold" else CHARACTERS))),
            color=colour,
            weight=weight,
            va="top",
        )
        for words, colour, weight in parts
        if words
    ]


def _stack(
    figure: Figure, texts: Iterable[Text], top: float, renderer: RendererAgg
) -> None:
    """Put texts below each other, the first at `top` inches."""
    for text in texts:
        text.set_y(top / figure.get_figheight())
        top -= _height(figure, text, renderer)


def _height(figure: Figure, artist: Text | Legend, renderer: RendererAgg) -> float:
    """Return the inches that an artist takes, with the space below it."""
    return artist.get_window_extent(renderer).height / figure.dpi + 0.03


def _legend(figure: Figure, handles: Sequence[Line2D], renderer: RendererAgg) -> Legend:
    """Return a legend with as many columns as there is room for.

    Long names of a long legend are broken, so that it has two columns.
    """
    room = figure.get_figwidth() - 2 * EDGE
    most = 3 * round(figure.get_figwidth() / ONE_COLUMN.width)
    choices = [(columns, WIDTH) for columns in range(most, 1, -1)]
    choices += [(2, width) for width in NARROW] if len(handles) >= MANY else []
    for columns, width in (*choices, (1, WIDTH)):
        names = [str(handle.get_label()) for handle in handles]
        legend = figure.legend(
            handles=handles,
            labels=[wrapped(name, width) for name in names],
            loc="upper left",
            ncols=columns,
            handlelength=2.6,
            columnspacing=1.0,
            labelspacing=0.25,
            borderaxespad=0,
            borderpad=0,
        )
        wide = legend.get_window_extent(renderer).width
        if columns == 1 or wide <= room * figure.dpi:
            return legend
        legend.remove()
    raise AssertionError("one column always fits")


def blank(axes: Axes, words: str) -> None:
    """Leave axes empty but for a sentence."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_color(GREY)
    axes.text(0.5, 0.5, words, ha="center", va="center", transform=axes.transAxes)
