"""The figures of one problem: a plot a cost, all costs side by side, and the calls."""

from collections.abc import Iterator

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from . import calls, curves
from .frame import AXES, PANEL, frame
from .look import Look
from .scene import Scene


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
    figure, axes = _framed(scene, curves.handles(scene, costs, looks), widths)
    for ax, cost in zip(axes, costs, strict=True):
        curves.draw(ax, scene, cost, looks)
    axes[0].set_ylabel(curves.value_label(scene))
    for ax in axes[1:]:
        ax.tick_params(labelleft=False)
    return figure


def _calls(scene: Scene, looks: dict[str, Look]) -> Figure:
    figure, axes = _framed(scene, calls.handles(scene, looks), [AXES])
    calls.draw(axes[0], scene, looks)
    return figure


def _framed(
    scene: Scene, handles: list[Line2D], widths: list[float]
) -> tuple[Figure, list[Axes]]:
    title = f"{scene.problem}  ({scene.where})"
    return frame(title, handles, widths, scene.absent)
