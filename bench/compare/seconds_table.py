"""What changed in seconds, as tables by cell and by optimizer."""

from collections.abc import Iterator, Sequence
from math import exp, isfinite

from ..telling.tables import Table
from ..telling.units import seconds
from . import seconds as times
from .matching import Cell
from .rule import FAMILY, FEWEST_CELLS, SAME, WORSE, Judged
from .seconds import Seconds
from .section import Section, written
from .work import Trials

RATIO = ("B over A", "from", "to", "verdict")


def section(cells: Sequence[Cell], sides: Sequence[tuple[Trials, Trials]]) -> Section:
    """Return the section on seconds.

    Args:
        cells: What is compared.
        sides: Each cell's trials in A and in B.
    """
    names = [cell.b.optimizer for cell in cells]
    optimizers = list(dict.fromkeys(names))
    groups = [[i for i, name in enumerate(names) if name == o] for o in optimizers]
    found = times.compare(sides, groups)
    tables = [_by_cell(cells, found)]
    if tables[0].rows and len(optimizers) < len(cells):
        tables.append(_by_optimizer(optimizers, groups, found.optimizers))
    worse = bool(found.cells.worse.any() or found.optimizers.worse.any())
    return Section("\n\n".join(map(written, tables)), worse)


def _by_cell(cells: Sequence[Cell], found: Seconds) -> Table:
    rows = tuple(
        (*cell.names, seconds(found.a[i]), seconds(found.b[i]), *_ratio(found.cells, i))
        for i, cell in enumerate(cells)
        if isfinite(found.cells.delta[i])
    )
    columns = ("problem", "optimizer", "A", "B", *RATIO)
    return Table("Seconds of the same work", columns, rows, tuple(_notes(found)))


def _by_optimizer(names: list[str], groups: list[list[int]], judged: Judged) -> Table:
    rows = tuple(
        (name, str(len(groups[i])), *_ratio(judged, i))
        for i, name in enumerate(names)
        if isfinite(judged.delta[i])
    )
    return Table("Seconds by optimizer", ("optimizer", "problems", *RATIO), rows)


def _ratio(judged: Judged, i: int) -> tuple[str, ...]:
    delta, margin = float(judged.delta[i]), float(judged.margin[i])
    ends = (delta, delta - margin, delta + margin)
    numbers = (f"{exp(x):.3f}" if isfinite(x) else "–" for x in ends)
    return *numbers, _verdict(judged, i)


def _verdict(judged: Judged, i: int) -> str:
    for word in ("worse", "better", "same"):
        if getattr(judged, word)[i]:
            return word
    least = float(judged.least[i])
    shown = f": {percent(least)} would show" if isfinite(least) else ""
    return f"undecided{shown}"


def percent(least: float) -> str:
    """Return a slowdown, given as a log ratio, in percent."""
    share = 100 * (exp(least) - 1)
    return f"{share:.0f} %" if share >= 20 else f"{share:.1f} %"


def _notes(found: Seconds) -> Iterator[str]:
    known = sum(map(isfinite, found.cells.delta))
    if not known:
        yield "no trial was timed in both"
        return
    yield (
        f"the machine: B over A {exp(found.machine):.3f}, median over the cells; from "
        f"round to round up to {exp(found.spread):.3f}"
    )
    yield "B over A: what goes beyond the machine's"
    yield (
        f"worse: from {exp(WORSE):.2f} on; a table without any difference has a row "
        f"called so with a chance of {100 * FAMILY:g} % at most"
    )
    yield f"same: within {percent(SAME)}, with 95 % confidence"
    yield "undecided: neither; what would show is found with a chance of 95 %"
    if known < FEWEST_CELLS:
        yield f"the machine's part cannot be told in fewer than {FEWEST_CELLS} cells"
    elif not any(map(isfinite, found.cells.error)):
        yield "one round in each run: how far chance goes is not known"
