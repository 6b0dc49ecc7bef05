"""The score of a setting, from the losses or a metric of its sweep trials."""

from collections.abc import Mapping, Sequence
from math import inf, log, log10
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np

from ..core.costs import Prices, Spent
from ..core.metrics import Metric, first_reached
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
    """Score a trial by all three criteria of the loss; lower is better.

    - cost: The cost to its first finite loss at or below the target; inf for never.
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
    row = first_reached(losses, aim.target)
    cost = inf if row is None else float(costs[row])
    if not np.isfinite(losses).all():
        return {"cost": cost, "final_loss": inf, "area": inf}
    widths = np.diff(np.append(costs, aim.budget))
    gaps = np.log10(np.maximum(losses - aim.least, aim.rounding))
    area = float(gaps @ widths / aim.budget) if aim.budget else log10(aim.rounding)
    return {"cost": cost, "final_loss": float(losses[-1]), "area": area}


class Ended(NamedTuple):
    """How a sweep trial ended.

    Attributes:
        diverged: Whether it diverged.
        last_loss: The training loss of its last step.
    """

    diverged: bool
    last_loss: float


def metric_score(
    values: np.ndarray,
    costs: np.ndarray,
    metric: Metric,
    target: float,
    budget: float,
    ended: Ended,
) -> dict[str, float]:
    """Score a trial by a metric at the steps at which it was evaluated.

    - the metric, by its column: The value of the last evaluation within the budget;
      inf, whichever values are better, if the trial diverged or there is none. The best
      of all evaluations would favour noisy trials, and the more the fewer the examples.
    - cost: The cost to the first value that meets the target; inf for never.
    - final_loss: The training loss of the last step; inf if it diverged.

    Args:
        values: float[n], at each evaluation; nan if it had no value.
        costs: float[n], the cost by then.
        metric: Says which values are better.
        target: nan for none.
        budget: Of the trial.
        ended: How it ended.
    """
    within = costs <= budget
    values, costs = values[within], costs[within]
    met = [place for place, x in enumerate(values) if metric.is_met(float(x), target)]
    final = values[-1] if len(values) and np.isfinite(values[-1]) else inf
    return {
        "cost": float(costs[met[0]]) if len(met) else inf,
        metric.column: inf if ended.diverged else float(final),
        "final_loss": inf if ended.diverged else ended.last_loss,
    }


class Score(NamedTuple):
    """A score of a setting on a seed.

    Attributes:
        name: Its key in the rows of `try_settings`.
        rising: Whether more is better; inf stands for no value whatever is better.
    """

    name: str
    rising: bool = False

    def of(self, row: Mapping[str, Any]) -> float:
        """Return a row's score with the sign with which the least is best."""
        return self.signed(float(row[self.name]))

    def signed(self, value: float) -> float:
        """Return a value with the sign with which the least is best, and back."""
        return -value if self.rising and value != inf else value


def deciding(criterion: str, metric: Metric | None) -> tuple[Score, ...]:
    """Return the score that decides, then those that decide between equals.

    Args:
        criterion: As in the config.
        metric: As from `scored_metric`.
    """
    scores = [Score(criterion)] if metric is None or criterion == "cost" else []
    if metric is not None:
        scores.append(Score(metric.column, metric.higher_is_better))
    return (*scores, Score("final_loss"))


NEVER = 2.0
"""Budgets that a target counts for that was not reached, as in PAR2."""


def merit(rows: Sequence[Mapping[str, Any]], score: Score, budget: float) -> float:
    """Return the number by which a setting is chosen; the least is best.

    For "cost" it is the mean over the seeds of log c, c the cost to the target or twice
    the budget if it was not reached. Unlike a median it uses every seed, so that a
    setting close to one that diverges is seldom chosen. For the other scores, which
    may be infinite, it is the median over the seeds.

    Args:
        rows: A setting's scores, one for each seed.
        score: The one that decides.
        budget: Of a trial.

    References:
        Hutter, Hoos, Leyton-Brown, Stützle, "ParamILS: an automatic algorithm
        configuration framework", JAIR 36, 2009: a penalised average.
    """
    if score.name != "cost":
        return median(score.of(row) for row in rows)
    costs = [min(row["cost"], NEVER * budget) for row in rows]
    return fmean(log(max(cost, 1.0)) for cost in costs)


def winner(
    scores: Sequence[Sequence[Mapping[str, Any]]],
    decide: Sequence[Score],
    budget: float,
) -> int:
    """Return the best setting: least `merit` by the first score, then by the others.

    Args:
        scores: For each setting, those of its seeds.
        decide: From `deciding`.
        budget: Of a trial.
    """

    def rank(index: int) -> tuple[float, ...]:
        return (*(merit(scores[index], score, budget) for score in decide), index)

    return min(range(len(scores)), key=rank)
