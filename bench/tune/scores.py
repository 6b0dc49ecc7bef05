"""The score of a setting, from the losses and calls of its sweep trials."""

from collections.abc import Mapping, Sequence
from math import inf, log10
from typing import Any, NamedTuple

import numpy as np

from ..core.costs import Prices, Spent
from ..core.readings import READINGS
from ..statistics.intervals import median


class Aim(NamedTuple):
    """The quantities that determine a trial's score.

    Attributes:
        target: The loss to reach; -inf for none.
        least: f*, the certified least loss, or 0 if there is none.
        rounding: Differences of losses below it are rounding.
        budget: The budget of a trial, in the unit of tuning.
    """

    target: float
    least: float
    rounding: float
    budget: float


def spent(
    steps: np.ndarray, readings: np.ndarray, unit: str, prices: Prices
) -> np.ndarray:
    """Return float[n], the cost before each of n steps, at nominal prices.

    Args:
        steps: int[n], their numbers.
        readings: int[n, kinds], before each step.
        unit: A unit of cost that does not depend on the machine.
        prices: The nominal prices of the problem's calls.
    """
    columns = dict(zip(READINGS, readings.T, strict=True))
    amount = Spent(None, steps, columns).amount(unit, prices)
    return np.asarray(amount, float)


def score(losses: np.ndarray, costs: np.ndarray, aim: Aim) -> dict[str, float]:
    """Score a trial by all three criteria; lower is better.

    - cost: The cost to its first loss at or below the target; inf for never.
    - final_loss: The last loss within the budget; inf if it diverged.
    - area: (1/b) ∫_0^b log10 max(f(c) - f*, rounding) dc, b the budget, with the last
      loss until its end; inf if it diverged.

    Args:
        losses: float[n], before each of its steps.
        costs: float[n], the cost by then.
        aim: The quantities that determine the score.
    """
    within = costs <= aim.budget
    losses, costs = losses[within], costs[within]
    reached = np.flatnonzero(losses <= aim.target)
    cost = float(costs[reached[0]]) if len(reached) else inf
    if not np.isfinite(losses).all():
        return {"cost": cost, "final_loss": inf, "area": inf}
    widths = np.diff(np.append(costs, aim.budget))
    gaps = np.log10(np.maximum(losses - aim.least, aim.rounding))
    area = float(gaps @ widths / aim.budget) if aim.budget else log10(aim.rounding)
    return {"cost": cost, "final_loss": float(losses[-1]), "area": area}


def winner(scores: Sequence[Sequence[Mapping[str, Any]]], criterion: str) -> int:
    """Return the best setting: least median over its seeds, then least final loss.

    Args:
        scores: For each setting, those of its seeds.
        criterion: The score that decides.
    """

    def rank(index: int) -> tuple[float, float, int]:
        by_seed = scores[index]
        return (
            median(row[criterion] for row in by_seed),
            median(row["final_loss"] for row in by_seed),
            index,
        )

    return min(range(len(scores)), key=rank)
