"""All costs to the target of a run in one array, for statistics across problems."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isnan, nan

import numpy as np

from ..keeping.reading import Run
from ..statistics.intervals import medians
from ..tuning.words import UNTUNED
from .entries import Entry, entries
from .summary import by_seed, has_target
from .weigh import ratios

Cost = Callable[..., float]


@dataclass(frozen=True)
class Field:
    """Costs to the target: inf for never, nan for a skipped or missing trial.

    A problem is in the field where some trial has a target, an optimizer where it is
    in the run: its settings are one competitor each.

    Attributes:
        problems, optimizers, seeds: What the axes stand for, in planned order.
        families: Of each optimizer, its label without settings, tuned or not.
        costs: float[problems, optimizers, seeds], a seed's repeats by their median.
    """

    problems: tuple[str, ...]
    optimizers: tuple[str, ...]
    families: tuple[str, ...]
    seeds: tuple[int, ...]
    costs: np.ndarray

    @property
    def medians(self) -> np.ndarray:
        """float[problems, optimizers], over the seeds."""
        return medians(self.costs)


def field(run: Run, cost: Cost) -> Field:
    """Return the field of one cost.

    Args:
        run: From `bench.load`.
        cost: (a trial's record, its problem's `ratios`) -> its cost to the target;
            `partial(to_target, cost="seconds")`, say.
    """
    gathered = entries(run)
    aimed = {e.problem for e in gathered for r in e.records if has_target(r)}
    shown = [entry for entry in gathered if entry.problem in aimed]
    seeds = tuple(sorted({r["seed"] for entry in shown for r in entry.records}))
    problems, optimizers = _distinct(shown, "problem"), _distinct(shown, "optimizer")
    costs = np.full((len(problems), len(optimizers), len(seeds)), nan)
    for entry in shown:
        place = problems.index(entry.problem), optimizers.index(entry.optimizer)
        costs[place] = _by_seed(run, entry, cost, seeds)
    by_name = {entry.optimizer: entry.family for entry in shown}
    families = tuple(name.removesuffix(UNTUNED) for name in by_name.values())
    return Field(problems, optimizers, families, seeds, costs)


def _by_seed(run: Run, entry: Entry, cost: Cost, seeds: Sequence[int]) -> list[float]:
    weights = ratios(run.prices, entry)
    tried = [record for record in entry.records if record["end"] != "skipped"]
    found = by_seed(tried, lambda record: cost(record, weights=weights))
    if any(map(isnan, found.values())):  # of some calls there is no price
        return [nan] * len(seeds)
    return [found.get(seed, nan) for seed in seeds]


def _distinct(shown: list[Entry], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(getattr(entry, name) for entry in shown))
