"""A figure with a row of axes, a title, and a legend to their right."""

from collections.abc import Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

# Inches. Type has fixed sizes, so the room for it is known; matplotlib's own layout
# engines find it by drawing everything twice more.
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
        title: Stands above it all.
        handles: The legend's entries.
        widths: Of the axes, from the left.
        notes: Lines below the legend.
        gap: Inches between two axes; with labels of their own they need more.
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
