"""What the target costs at any price of a gradient, and at which the winner changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd

from ..keeping.reading import Run
from ..statistics import crossings, wins
from ..statistics.intervals import medians
from .entries import entries
from .field import Field, field
from .summary import is_reached, to_target
from .weigh import forward_equivalents, ratios


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


def contests(run: Run) -> list[Contest]:
    """Return a contest for each problem with a target, prices, and two that arrive."""
    gradients, others = field(run, _gradients), field(run, _others)
    prices = _measured(run)
    found = [
        _contest(gradients, others, place, prices.get(problem, nan))
        for place, problem in enumerate(gradients.problems)
    ]
    return [contest for contest in found if len(contest.optimizers) > 1]


def _measured(run: Run) -> dict[str, float]:
    weights = ((entry.problem, ratios(run.prices, entry)) for entry in entries(run))
    return {problem: w["gradient"] for problem, w in weights if "gradient" in w}


def _gradients(record: dict[str, Any], weights: Mapping[str, float]) -> float:
    return to_target(record, "gradient", weights)


def _others(record: dict[str, Any], weights: Mapping[str, float]) -> float:
    if not weights:
        return nan
    if not is_reached(record):
        return inf
    readings = (record.get("readings_to_target") or {}) | {"gradient": 0}
    return float(forward_equivalents(readings, weights))


def _contest(gradients: Field, others: Field, place: int, price: float) -> Contest:
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


def prices_that_decide(run: Run) -> pd.DataFrame:
    """Return, for each two optimizers, the prices at which the winner changes.

    Args:
        run: From `bench.load`.

    Returns:
        A row per crossing of an `optimizer` and its `rival`, or one where there is
        none: `below`, `above` win at prices less and greater than `price` (empty for
        none) with its interval `low` to `high`; `here` wins at the `measured` one.
    """
    rows = [
        row
        for contest in contests(run)
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
    found = crossings(gradients, others)
    for crossing in found:
        numbers = {key: getattr(crossing, key) for key in ("price", "low", "high")}
        sides = {"below": names[crossing.below], "above": names[crossing.above]}
        yield shared | sides | numbers | last
    if not found:
        nowhere = dict.fromkeys(("price", "low", "high"), nan)
        yield shared | {"below": here, "above": here} | nowhere | last


def _winner(counts: np.ndarray, names: list[str]) -> str:
    return "" if counts[0] == counts[1] else names[int(counts.argmax())]
