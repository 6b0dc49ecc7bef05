"""Plots of a claim's curves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import bench

Curve = Any
"""y, float[n], against 0, 1, 2, ...; or (x, y)."""


def lines(
    curves: Mapping[str, Curve],
    x: str,
    y: str,
    *,
    x_log: bool = False,
    y_log: bool = True,
    dots: bool = False,
    dashed: Mapping[str, Curve] | None = None,
    ticks: Sequence[float] = (),
    **settings: Any,
) -> Callable[[Any], Any]:
    """Return a function that draws named curves on a figure, with a legend.

    Args:
        curves: By name.
        x, y: Labels of the axes, with units.
        x_log, y_log: Logarithmic axes.
        dots: Mark each point.
        dashed: Predictions by name, drawn on top in thin dashes.
        ticks: The only ticks of x.
        **settings: `xlim`, `ylim`, `title` and any other keyword of `Axes.set`.

    Returns:
        (figure or subfigure) -> its axes.
    """

    def draw(figure: Any) -> Any:
        axes = figure.add_subplot()
        # ever thinner, so that coinciding curves remain visible
        widths = np.linspace(4.0, 1.2, len(curves))
        styles = bench.line_styles(curves)
        for width, (name, curve) in zip(widths, curves.items(), strict=True):
            own = styles[name]
            style = {"color": own.colour, "linestyle": own.dash, "linewidth": width}
            sized = {"marker": own.marker, "markersize": 3 + 1.5 * width}
            style |= sized if dots else {}
            axes.plot(*_points(curve), label=name, **style)
        for number, (name, curve) in enumerate((dashed or {}).items()):
            dash = ("--", ":", "-.")[number % 3]
            axes.plot(*_points(curve), dash, color="#111111", label=name, linewidth=1)
        scales = {"xscale": "log"} if x_log else {}
        scales |= {"yscale": "log"} if y_log else {}
        axes.set(xlabel=x, ylabel=y, **scales, **settings)
        if ticks:
            axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
        axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
        return axes

    return draw


def stacked(*panels: Callable[[Any], Any]) -> Callable[[Any], None]:
    """Return a function that draws panels below each other, each as from `lines`."""

    def draw(figure: Any) -> None:
        parts = figure.subfigures(len(panels), 1)
        for part, panel in zip(parts, panels, strict=True):
            panel(part)

    return draw


def _points(curve: Curve) -> tuple[Any, ...]:
    return curve if isinstance(curve, tuple) else (curve,)
