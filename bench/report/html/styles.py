"""The optimizers of a page, with the colours and marks that they have in the plots."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..comparison import competitor
from ..groups import Results, TrialGroup
from ..plots.scene import family
from ..plots.style import DASHES, LineStyle, optimizer_styles

DASH = dict(zip(DASHES, ("solid", "dash", "dot", "dashdot"), strict=True))
"""plotly's names of dashes."""
SYMBOL = {
    **{"o": "circle", "s": "square", "^": "triangle-up", "D": "diamond"},
    **{"v": "triangle-down", "P": "cross", "*": "star", "<": "triangle-left"},
    **{">": "triangle-right", "p": "pentagon", "h": "hexagon"},
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

    Args:
        runs: The results of each run.
        names: A different name for each run.
    """
    firsts: dict[Place, TrialGroup] = {}
    for run, results in enumerate(runs):
        for group in results.groups:
            firsts.setdefault((run, group.optimizer), group)
    owners = _owners(firsts)
    styles = _styles(firsts, owners)
    plain = [
        _described(group, run, names, styles[_styled(group, run, owners)])
        for (run, _), group in firsts.items()
    ]
    return Field({place: index for index, place in enumerate(firsts)}, plain)


def _owners(firsts: dict[Place, TrialGroup]) -> dict[str, int]:
    """Return for each family the first run that has it, where it has its own style."""
    owners: dict[str, int] = {}
    for (run, _), group in firsts.items():
        owners.setdefault(family(group), run)
    return owners


def _styled(group: TrialGroup, run: int, owners: dict[str, int]) -> str:
    """Return the name by which a group's style is chosen."""
    name = family(group)
    return name if owners[name] == run else f"{name} ({run})"


def _styles(
    firsts: dict[Place, TrialGroup], owners: dict[str, int]
) -> dict[str, LineStyle]:
    """Return the styles by name: as in the plots, with other dashes in later runs."""
    beside = {
        family(group): group.spec.family
        for group in firsts.values()
        if group.spec.tuned is False
    }
    styles = optimizer_styles(owners, beside=beside)
    again = {
        _styled(group, run, owners): family(group) for (run, _), group in firsts.items()
    }
    return optimizer_styles(again, taken=styles, beside=again)


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
