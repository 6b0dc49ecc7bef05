"""The optimizers of a page, with the colours and marks that they have in the plots."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..comparison import competitor
from ..groups import Results, TrialGroup
from ..plots.scene import family
from ..plots.style import DASHES, LineStyle, styles_of_lines

DASH = dict(zip(DASHES, ("solid", "dash", "dot", "dashdot"), strict=True))
"""plotly's names of dashes."""
SYMBOL = {
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "D": "diamond",
    "v": "triangle-down",
    "P": "cross",
    "*": "star",
    "<": "triangle-left",
    ">": "triangle-right",
    "p": "pentagon",
    "h": "hexagon",
}
"""plotly's names of marks."""
Place = tuple[int, str]
"""A run's index, and the name of an optimizer in its summary."""


class Field(NamedTuple):
    """The optimizers of one or more runs.

    Attributes:
        places: The index of each optimizer of each run.
        plain: Their descriptions, in the order of the indices.
    """

    places: dict[Place, int]
    plain: list[dict[str, Any]]


def field(runs: Sequence[Results], names: Sequence[str]) -> Field:
    """Return the optimizers of runs; those of several runs are told apart.

    The first of a family has the style of the plots. Other settings of it, and the same
    optimizer in other runs, have its colour, as in `styles_of_lines`.

    Args:
        runs: The results of each run.
        names: A different name for each run.
    """
    firsts: dict[Place, TrialGroup] = {}
    for run, results in enumerate(runs):
        for group in results.groups:
            firsts.setdefault((run, group.optimizer), group)
    lines = {place: (family(group), place[1]) for place, group in firsts.items()}
    untuned = {
        family(group): group.spec.family
        for group in firsts.values()
        if group.spec.tuned is False
    }
    styles = styles_of_lines(lines, beside=untuned)
    plain = [
        _described(group, place[0], names, styles[place])
        for place, group in firsts.items()
    ]
    return Field({place: index for index, place in enumerate(firsts)}, plain)


def _described(
    group: TrialGroup, run: int, names: Sequence[str], style: LineStyle
) -> dict[str, Any]:
    of_run = f" ({names[run]})" if len(names) > 1 else ""
    return {
        "name": group.optimizer + of_run,
        "family": group.spec.family + of_run,
        "competitor": competitor(group) + of_run,
        "run": run,
        "tuned": group.spec.tuned,
        "colour": style.colour,
        "dash": DASH[style.dash],
        "symbol": SYMBOL[style.marker],
    }
