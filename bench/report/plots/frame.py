"""Figures as wide as one column of a paper: title, axes, legend and notes."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.text import Text

from .shown import ShownFigure
from .style import GREY, INK
from .words import wrapped

# Inches. Text has fixed sizes, so that its space is known; matplotlib's layout engines
# would draw everything twice more to find it.
WIDTH = 3.4
AXES = 2.3
"""Height of axes that are alone."""
PANEL = 1.5
"""Height of one of several axes."""
LEFT, RIGHT, EDGE, BELOW, SPACE = 0.62, 0.14, 0.06, 0.42, 0.1
CHARACTERS = 58
"""Of a line of text over the whole width."""
BOLD = 53
"""The same of a title."""
NARROW = 18
"""Characters of a name in one of two columns."""
MANY = 9
"""Entries of a legend that is long."""


def frame(
    title: str,
    where: str,
    handles: Sequence[Line2D],
    heights: Sequence[float],
    notes: Iterable[str] = (),
    left: float = LEFT,
) -> tuple[Figure, list[Axes]]:
    """Return a figure with axes of these heights in inches, one below the other.

    Args:
        title: The title of the figure, any text.
        where: In small letters below it: dtype, device, number of seeds.
        handles: The legend's entries, below the axes.
        heights: Of the axes, from the top.
        notes: Lines below the legend.
        left: Inches on the left of the axes.
    """
    figure = ShownFigure(figsize=(WIDTH, 1))
    renderer = FigureCanvasAgg(figure).get_renderer()
    head = _texts(figure, [(title, INK, "bold"), (where, "#595959", "normal")])
    foot = _texts(figure, [(note, INK, "normal") for note in notes])
    legend = _legend(figure, handles, renderer) if handles else None
    above = EDGE + sum(_height(figure, text, renderer) for text in head) + SPACE
    tall = _height(figure, legend, renderer) + SPACE if legend else 0.0
    said = sum(_height(figure, text, renderer) for text in foot)
    height = above + sum(heights) + BELOW * len(heights) + tall + said + EDGE
    figure.set_size_inches(WIDTH, height)
    _stack(figure, head, height - EDGE, renderer)
    top, axes = height - above, []
    for each in heights:
        box = (left, top - each, WIDTH - left - RIGHT, each)
        axes.append(figure.add_axes(_shares(box, height)))
        top -= each + BELOW
    if legend:
        legend.set_bbox_to_anchor((EDGE / WIDTH, top / height))
    _stack(figure, foot, top - tall, renderer)
    return figure, axes


def _shares(box: Sequence[float], height: float) -> tuple[float, float, float, float]:
    """Return a box in inches as shares of the figure."""
    left, bottom, wide, tall = box
    return left / WIDTH, bottom / height, wide / WIDTH, tall / height


def _texts(figure: Figure, parts: Iterable[tuple[str, str, str]]) -> list[Text]:
    return [
        figure.text(
            EDGE / WIDTH,
            0,
            wrapped(words, BOLD if weight == "bold" else CHARACTERS),
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
    for columns, width in ((3, 0), (2, 0), (2, NARROW), (1, 0)):
        if width and len(handles) < MANY:
            continue
        names = [str(handle.get_label()).replace("\n", " ") for handle in handles]
        legend = figure.legend(
            handles=handles,
            labels=[wrapped(name, width) if width else wrapped(name) for name in names],
            loc="upper left",
            ncols=columns,
            handlelength=2.6,
            columnspacing=1.0,
            labelspacing=0.25,
            borderaxespad=0,
            borderpad=0,
        )
        room = (WIDTH - 2 * EDGE) * figure.dpi
        if columns == 1 or legend.get_window_extent(renderer).width <= room:
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
