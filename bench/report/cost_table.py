"""All costs to the target of a run in one array, for statistics across problems."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import isnan, nan

import numpy as np

from ..core.costs import Prices
from ..core.records import TrialRecord
from ..statistics.intervals import medians
from .groups import Results, TrialGroup
from .summary import by_seed

Cost = Callable[[TrialRecord, Prices], float]
COMPARED = ("seconds", "forward_equivalents", "gradient")
"""The costs by which optimizers are compared."""


@dataclass(frozen=True)
class CostTable:
    """Costs to the target: inf for never, nan for a skipped or missing trial.

    A problem is in the table where some trial has a target, an optimizer where it is
    in the run: its settings are one competitor each.

    Attributes:
        problems, optimizers, seeds: What the axes stand for, in planned order.
        families: Of each optimizer, the label that its settings share.
        tuned: Of each optimizer, whether tuning chose its settings; None for neither.
        costs: float[problems, optimizers, seeds], a seed's rounds by their median.
    """

    problems: tuple[str, ...]
    optimizers: tuple[str, ...]
    families: tuple[str, ...]
    tuned: tuple[bool | None, ...]
    seeds: tuple[int, ...]
    costs: np.ndarray

    @property
    def medians(self) -> np.ndarray:
        """float[problems, optimizers], over the seeds."""
        return medians(self.costs)

    @property
    def competitors(self) -> int:
        """How many optimizers have a cost on some problem."""
        return int((~np.isnan(self.medians)).any(0).sum())


def cost_table(results: Results, cost: Cost) -> CostTable:
    """Return the table of one cost.

    Args:
        results: Of a run.
        cost: (a trial's record, its problem's prices) -> its cost to the target.
    """
    shown = [g for g in results.groups if g.problem in results.with_target]
    seeds = tuple(sorted({r.spec.seed for group in shown for r in group.records}))
    problems = tuple(dict.fromkeys(group.problem for group in shown))
    specs = {group.optimizer: group.spec for group in shown}
    optimizers = tuple(specs)
    costs = np.full((len(problems), len(optimizers), len(seeds)), nan)
    for group in shown:
        place = problems.index(group.problem), optimizers.index(group.optimizer)
        costs[place] = _by_seed(results, group, cost, seeds)
    return CostTable(
        problems,
        optimizers,
        tuple(spec.family for spec in specs.values()),
        tuple(spec.tuned for spec in specs.values()),
        seeds,
        costs,
    )


def cost_tables(results: Results) -> dict[str, CostTable]:
    """Return the table of each cost that is known, if two optimizers compete."""
    tables = {
        cost: cost_table(results, partial(_to_target, cost=cost)) for cost in COMPARED
    }
    return {cost: table for cost, table in tables.items() if table.competitors > 1}


def _to_target(record: TrialRecord, prices: Prices, cost: str) -> float:
    return record.cost_to_target(cost, prices)


def _by_seed(
    results: Results, group: TrialGroup, cost: Cost, seeds: Sequence[int]
) -> list[float]:
    prices = results.prices(group)
    costs = by_seed(group.applicable, lambda record: cost(record, prices))
    if any(map(isnan, costs.values())):  # of some calls there is no price
        return [nan] * len(seeds)
    return [costs.get(seed, nan) for seed in seeds]
