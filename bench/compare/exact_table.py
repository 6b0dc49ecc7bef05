"""What changed in calls, losses and ends, as a table."""

from collections.abc import Iterator, Sequence

import pandas as pd

from ..telling.tables import Table
from ..telling.units import count
from ..telling.weigh import ratios
from . import exact
from .exact import COUNTS, Found
from .matching import Cell
from .section import Section, written
from .work import Trials

COLUMNS = ("problem", "optimizer", "verdict", "seeds", "one of them")


def section(
    cells: Sequence[Cell],
    sides: Sequence[tuple[Trials, Trials]],
    prices: pd.DataFrame | None,
    alike: bool,
) -> Section:
    """Return the section on calls, losses and ends.

    Args:
        cells: What is compared.
        sides: Each cell's trials in A and in B.
        prices: A's.
        alike: Whether machine and versions are, so that the same is bit for bit.
    """
    rows, unsteady, found = [], [], []
    for cell, (a, b) in zip(cells, sides, strict=True):
        repeats = exact.repeats(a) and exact.repeats(b)
        unsteady += [] if repeats else [_name(cell)]
        seeds = exact.by_seed(a, b, alike and repeats, ratios(prices, cell.a))
        found += seeds
        if any(seed.words for seed in seeds):
            rows.append((*cell.names, *_told(seeds)))
    notes = [_how_many(found), *_tolerances(cells, alike), *_unsteady(unsteady)]
    notes += [*_missing(cells), *_seeds(sides)]
    table = Table("Calls, losses and ends", COLUMNS, tuple(rows), tuple(notes))
    return Section(written(table), any(one.verdict == "worse" for one in found))


def _unsteady(names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        said = f"{', '.join(names[:3])}{more}"
        yield f"rounds of one run differ among themselves, so by the tolerance: {said}"


def _told(found: Sequence[Found]) -> tuple[str, str, str]:
    worst = exact.worst(found)
    differing = sum(bool(one.words) for one in found)
    return worst.verdict, f"{differing} of {len(found)}", worst.words


def _missing(cells: Sequence[Cell]) -> Iterator[str]:
    counts = [sum(entries) for entries in zip(*map(_lacks, cells), strict=True)]
    for word, number in zip("AB", counts, strict=True):
        if number:
            yield f"planned trials missing in {word}: {count(number)}"


def _lacks(cell: Cell) -> tuple[int, int]:
    return cell.a.missing, cell.b.missing


def _seeds(sides: Sequence[tuple[Trials, Trials]]) -> Iterator[str]:
    seeds = [[{seed for seed, _ in trials} for trials in side] for side in sides]
    for word, alone in (
        ("A", set().union(*(a - b for a, b in seeds))),
        ("B", set().union(*(b - a for a, b in seeds))),
    ):
        if alone:
            yield f"seeds in {word} alone: {', '.join(map(str, sorted(alone)[:10]))}"


def _how_many(found: Sequence[Found]) -> str:
    same = sum(one.verdict == "same" for one in found)
    return f"the same: {count(same)} of {count(len(found))} pairs of trials"


def _tolerances(cells: Sequence[Cell], alike: bool) -> Iterator[str]:
    if alike:
        yield "machine and versions are the same: the same is bit for bit"
        return
    counts = f"counts within {100 * COUNTS:g} % or one call"
    for dtype in sorted({cell.a.first.get("dtype", "float32") for cell in cells}):
        by = exact.Rounding(False, dtype)
        within = f"within {by.share:.2g} of their size or {by.floor:.1g}"
        losses = f"losses {within} in {dtype}"
        yield f"machine or versions differ: the same is {counts}, {losses}"


def _name(cell: Cell) -> str:
    return f"{cell.b.optimizer} on {cell.b.problem}"
