"""The score of a setting, from the losses and calls of its sweep trials."""

from collections.abc import Mapping, Sequence
from math import inf, log, log10
from statistics import fmean
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


NEVER = 2.0
"""Budgets that a target counts for that was not reached, as in PAR2."""


def merit(rows: Sequence[Mapping[str, Any]], criterion: str, budget: float) -> float:
    """Return the number by which a setting is chosen; the least is best.

    For "cost" it is the mean over the seeds of log c, c the cost to the target or twice
    the budget if it was not reached. Unlike a median it uses every seed, so that a
    setting close to one that diverges is seldom chosen. For the other criteria, which
    may be infinite, it is the median over the seeds.

    Args:
        rows: A setting's scores, one for each seed.
        criterion: The score that decides.
        budget: Of a trial.

    References:
        Hutter, Hoos, Leyton-Brown, Stützle, "ParamILS: an automatic algorithm
        configuration framework", JAIR 36, 2009: a penalised average.
    """
    if criterion != "cost":
        return median(row[criterion] for row in rows)
    costs = [min(row["cost"], NEVER * budget) for row in rows]
    return fmean(log(max(cost, 1.0)) for cost in costs)


def winner(
    scores: Sequence[Sequence[Mapping[str, Any]]], criterion: str, budget: float
) -> int:
    """Return the best setting: least `merit`, then least median of the final loss.

    Args:
        scores: For each setting, those of its seeds.
        criterion: The score that decides.
        budget: Of a trial.
    """

    def rank(index: int) -> tuple[float, float, int]:
        by_seed = scores[index]
        return (
            merit(by_seed, criterion, budget),
            median(row["final_loss"] for row in by_seed),
            index,
        )

    return min(range(len(scores)), key=rank)
