"""Cost to the target against the price of a gradient; break-even prices."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd

from ..core.costs import Prices, cost_of_calls
from ..core.records import TrialRecord
from ..statistics import break_evens, wins
from ..statistics.intervals import medians
from .cost_table import CostTable, cost_table
from .groups import Results


@dataclass(frozen=True)
class Contest:
    """One problem's optimizers that reach its target, the best setting of each.

    Attributes:
        problem: Its label.
        price: Measured, of a gradient, in forward passes.
        optimizers, families: What is in it, the cheapest at that price first.
        gradients: float[optimizers, seeds], calls until the target; inf for never.
        others: float[optimizers, seeds], all other calls, in forward passes.
    """

    problem: str
    price: float
    optimizers: tuple[str, ...]
    families: tuple[str, ...]
    gradients: np.ndarray
    others: np.ndarray

    def costs(self, price: float) -> np.ndarray:
        """float[optimizers]: median forward passes that the target costs."""
        return medians(price * self.gradients + self.others)


def contests(results: Results) -> list[Contest]:
    """Return a contest for each problem with a target, prices, and two that arrive."""
    gradients = cost_table(results, _gradients)
    others = cost_table(results, _others)
    prices = _measured(results)
    by_problem = [
        _contest(gradients, others, place, prices.get(problem, nan))
        for place, problem in enumerate(gradients.problems)
    ]
    return [contest for contest in by_problem if len(contest.optimizers) > 1]


def _measured(results: Results) -> dict[str, float]:
    prices = ((group.problem, results.prices(group)) for group in results.groups)
    return {problem: p["gradient"] for problem, p in prices if "gradient" in p}


def _gradients(record: TrialRecord, prices: Prices) -> float:
    return record.cost_to_target("gradient", prices)


def _others(record: TrialRecord, prices: Prices) -> float:
    if not prices:
        return nan
    if not record.is_reached:
        return inf
    readings = (record.readings_to_target or {}) | {"gradient": 0}
    return float(cost_of_calls(readings, prices))


def _contest(
    gradients: CostTable, others: CostTable, place: int, price: float
) -> Contest:
    costs = medians(price * gradients.costs[place] + others.costs[place])
    order = [i for i in np.argsort(costs, kind="stable") if np.isfinite(costs[i])]
    firsts = {gradients.families[i]: i for i in reversed(order)}
    kept = [i for i in order if firsts[gradients.families[i]] == i]
    return Contest(
        gradients.problems[place],
        price,
        tuple(gradients.optimizers[i] for i in kept),
        tuple(gradients.families[i] for i in kept),
        gradients.costs[place, kept],
        others.costs[place, kept],
    )


def break_even_prices(results: Results) -> pd.DataFrame:
    """Return the break-even prices of each pair of optimizers.

    Args:
        results: Of a run.

    Returns:
        A row per break-even price of an `optimizer` and its `rival`, or one where
        there is none: `below`, `above` win at prices less and greater than `price`
        (empty for none) with its interval `low` to `high`; `here` wins at the
        `measured` one.
    """
    rows = [
        row
        for contest in contests(results)
        for pair in combinations(range(len(contest.optimizers)), 2)
        for row in _rows(contest, np.array(pair))
    ]
    return pd.DataFrame(rows)


def _rows(contest: Contest, pair: np.ndarray) -> Iterator[dict[str, Any]]:
    names = [contest.optimizers[i] for i in pair]
    calls = np.stack([contest.gradients[pair], contest.others[pair]])
    gradients, others = calls[..., ~np.isnan(calls).any((0, 1))]
    here = _winner(wins(gradients, others, contest.price), names)
    shared = {"problem": contest.problem, "optimizer": names[0], "rival": names[1]}
    last = {"measured": contest.price, "here": here}
    met = break_evens(gradients, others)
    for one in met:
        numbers = {key: getattr(one, key) for key in ("price", "low", "high")}
        sides = {"below": names[one.below], "above": names[one.above]}
        yield shared | sides | numbers | last
    if not met:
        nowhere = dict.fromkeys(("price", "low", "high"), nan)
        yield shared | {"below": here, "above": here} | nowhere | last


def _winner(counts: np.ndarray, names: list[str]) -> str:
    return "" if counts[0] == counts[1] else names[int(counts.argmax())]
