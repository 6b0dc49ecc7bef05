"""How a claim's curves are drawn."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..plots.look import looks


def lines(
    figure: Any,
    curves: Mapping[str, Any],
    x_label: str,
    y_label: str,
    *,
    x_log: bool = False,
    y_log: bool = True,
    dots: bool = False,
    dashed: Mapping[str, Any] | None = None,
) -> Any:
    """Draw named curves on one pair of axes, the legend beside them.

    Args:
        figure: An empty matplotlib figure.
        curves: Name to y, or to (x, y).
        x_label, y_label: With units.
        x_log, y_log: Logarithmic axes.
        dots: Mark each point.
        dashed: Predictions, drawn on top in thin dashes.

    Returns:
        The axes.
    """
    axes = figure.add_subplot()
    # ever thinner, so that curves which coincide show as rims
    widths = np.linspace(4.0, 1.2, len(curves))
    drawn = zip(curves.items(), looks(curves).values(), widths, strict=True)
    for (name, curve), look, width in drawn:
        style = {"color": look.colour, "label": name, "linestyle": look.dash}
        style["linewidth"] = width
        marker = {"marker": look.marker, "markersize": 3 + 1.5 * width} if dots else {}
        axes.plot(*_points(curve), **style, **marker)
    for number, (name, curve) in enumerate((dashed or {}).items()):
        dash = ("--", ":", "-.")[number % 3]
        axes.plot(*_points(curve), dash, color="#111111", label=name, linewidth=1)
    axes.set(xlabel=x_label, ylabel=y_label)
    if x_log:
        axes.set_xscale("log")
    if y_log:
        axes.set_yscale("log")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return axes


def _points(curve: Any) -> tuple[Any, Any]:
    if isinstance(curve, tuple):
        return curve
    return np.arange(len(curve)), curve
