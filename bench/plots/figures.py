"""The figures of one problem: a plot a cost, all costs side by side, and the calls."""

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D

from . import calls, curves
from .look import Look
from .scene import Scene

# Inches. Type has fixed sizes, so the room for it is known; matplotlib's own layout
# engines find it by drawing everything twice more.
HEIGHT = 4.8
AXES = 5.4
PANEL = 3.9
LEFT, BOTTOM, TOP, GAP, EDGE = 0.85, 0.62, 0.5, 0.28, 0.12


def figures(scene: Scene, looks: dict[str, Look]) -> Iterator[tuple[str, Figure]]:
    """Yield each figure with the name of its file."""
    for cost in scene.costs:
        yield cost, _curves(scene, [cost], looks)
    if len(scene.costs) > 1:
        yield "panel", _curves(scene, scene.costs, looks)
    if calls.reached(scene):
        yield "calls", _calls(scene, looks)


def _curves(scene: Scene, costs: list[str], looks: dict[str, Look]) -> Figure:
    widths = [AXES] if len(costs) == 1 else [PANEL] * len(costs)
    figure, axes = _figure(scene, curves.handles(scene, costs, looks), widths)
    for ax, cost in zip(axes, costs, strict=True):
        curves.draw(ax, scene, cost, looks)
    axes[0].set_ylabel(curves.value_label(scene))
    for ax in axes[1:]:
        ax.tick_params(labelleft=False)
    return figure


def _calls(scene: Scene, looks: dict[str, Look]) -> Figure:
    figure, axes = _figure(scene, calls.handles(scene, looks), [AXES])
    calls.draw(axes[0], scene, looks)
    return figure


def _figure(
    scene: Scene, handles: list[Line2D], widths: list[float]
) -> tuple[Figure, list[Axes]]:
    """Return a figure with axes of these widths and a legend to their right."""
    figure = Figure(figsize=(1, HEIGHT))
    canvas = FigureCanvasAgg(figure)
    right = LEFT + sum(widths) + GAP * len(widths)
    legend = _legend(figure, handles, scene.absent)
    needs = legend.get_window_extent(canvas.get_renderer())
    width = right + needs.width / figure.dpi + EDGE
    height = max(HEIGHT, TOP + needs.height / figure.dpi + EDGE)
    figure.set_size_inches(width, height)
    legend.set_bbox_to_anchor((right / width, 1 - TOP / height))
    figure.text(
        EDGE / width,
        1 - EDGE / height,
        f"{scene.problem}  ({scene.where})",
        size="large",
        va="top",
    )
    return figure, _row(figure, widths, width, height)


def _row(
    figure: Figure, widths: list[float], width: float, height: float
) -> list[Axes]:
    left, axes = LEFT, []
    bottom, tall = BOTTOM / height, 1 - (BOTTOM + TOP) / height
    for each in widths:
        axes.append(figure.add_axes((left / width, bottom, each / width, tall)))
        left += each + GAP
    return axes


def _legend(figure: Figure, handles: list[Line2D], absent: list[str]) -> Legend:
    notes = [Line2D([], [], linestyle="", label=text) for text in absent]
    return figure.legend(
        handles=[*handles, *notes],
        loc="upper left",
        handlelength=3.4,
        borderaxespad=0,
        borderpad=0,
    )
