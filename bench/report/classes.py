"""Compare a run's optimizers on each class of problems and at each target."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .. import statistics
from .comparison import CostTable, cost_tables
from .groups import Results

LEAST = 2
"""Least number of problems that are compared."""


class Division(NamedTuple):
    """A part of a run's problems, and one of the targets of each.

    Attributes:
        part: All examples or batches, as in `Results.parts`.
        problem_class: Empty for all classes.
        target: 1 is the hardest of each problem, 2 the next easier.
        results: Those on these problems.
    """

    part: str
    problem_class: str
    target: int
    results: Results

    @property
    def words(self) -> str:
        """The division in words; empty for the whole run at its hardest targets."""
        easier = f"target {self.target} of {self.results.targets}"
        words = [self.part, self.problem_class, easier if self.target > 1 else ""]
        return ", ".join(filter(None, words))

    @property
    def is_part(self) -> bool:
        """Whether it is a whole part of the run, at its hardest targets."""
        return not self.problem_class and self.target == 1


def divisions(results: Results) -> Iterator[Division]:
    """Yield what is compared: each part, whole and by class, at each target."""
    for part, of_part in results.parts.items():
        for name, own in {"": of_part, **of_part.classes}.items():
            for target in range(1, own.targets + 1):
                if len(own.with_target) >= LEAST:
                    yield Division(part, name, target, own)


def compare_classes(results: Results) -> pd.DataFrame:
    """Return areas and ranks of all optimizers in each division of the problems.

    Args:
        results: The results of a run.

    Returns:
        A row for each `part`, `class` (empty for all), `target`, `cost` and
        `optimizer`: the number of `problems` it applies to, share `solved` of them,
        profile `area`, `rank`, `rank_low` and `rank_high`, the likely ranks, and the
        bootstrap probability of being `first`. Empty if the whole run is the only
        division.
    """
    every = list(divisions(results))
    if all(one.is_part for one in every):
        return pd.DataFrame()
    return pd.DataFrame([row for one in every for row in _rows(one)])


def _rows(division: Division) -> Iterator[dict[str, Any]]:
    for cost, table in cost_tables(division.results, division.target).items():
        named = {
            "part": division.part,
            "class": division.problem_class,
            "target": division.target,
            "cost": cost,
        }
        yield from (named | row for row in ranked(table))


def ranked(table: CostTable) -> Iterator[dict[str, Any]]:
    """Yield what `compare_classes` states of each optimizer in one division."""
    areas = statistics.areas(table.medians)
    solved = statistics.share_within(table.medians, np.array([np.inf]))[0]
    chances = statistics.rank_chances(table.by_draw)
    low, high = statistics.likely_ranks(chances)
    ranks = statistics.ranks(areas)[0]
    applies = (~np.isnan(table.medians)).sum(0)
    for i in np.flatnonzero(~np.isnan(areas)):
        yield {
            "optimizer": table.optimizers[i],
            "problems": applies[i],
            "solved": solved[i],
            "area": areas[i],
            "rank": ranks[i],
            "rank_low": low[i],
            "rank_high": high[i],
            "first": chances[i, 0],
        }
