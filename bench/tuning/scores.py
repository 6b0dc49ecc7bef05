"""What a setting came to, from the losses and calls of its lanes in a sweep."""

from collections.abc import Mapping, Sequence
from math import inf, log10
from typing import Any, NamedTuple

import numpy as np

from ..measuring.meter import READINGS
from ..statistics.intervals import median
from .words import Criterion, Unit

NOMINAL = {"forward": 1.0, "point": 1.0, "gradient": 3.0, "jvp": 2.0, "hvp": 6.0}
"""Prices in forward passes, the same on any machine, so that tuning is too."""


class Aim(NamedTuple):
    """What a lane is scored by.

    Attributes:
        target: The loss to reach; -inf for none.
        least: f*, the certified least loss, or 0 where there is none.
        rounding: Differences of losses below it mean nothing.
        unit, budget: What a lane may spend.
    """

    target: float
    least: float
    rounding: float
    unit: Unit
    budget: float


def weights(parameters: int) -> np.ndarray:
    """Return float[6]: the nominal price of each reading; a Hessian is n products."""
    prices = NOMINAL | {"hessian": NOMINAL["hvp"] * parameters}
    return np.array([prices[kind] for kind in READINGS])


def spent(
    steps: np.ndarray, readings: np.ndarray, unit: Unit, parameters: int
) -> np.ndarray:
    """Return float[n], what was spent before each of n steps.

    Args:
        steps: int[n], their numbers.
        readings: int[n, 6], before each step.
        unit: Of what.
        parameters: How many the problem has.
    """
    if unit == "steps":
        return steps.astype(float)
    if unit == "forward_equivalents":
        return readings @ weights(parameters)
    return readings[:, READINGS.index(unit)].astype(float)


def score(losses: np.ndarray, costs: np.ndarray, aim: Aim) -> dict[str, float]:
    """Score a lane by all three criteria, each the less the better.

    - cost: What it had spent at its first loss at or below the target; inf for never.
    - final_loss: The last loss within the budget; inf where it diverged.
    - area: (1/b) ∫_0^b log10 max(f(c) - f*, rounding) dc, b the budget, the last
      loss holding to its end; inf where it diverged.

    Args:
        losses: float[n], before each of its steps.
        costs: float[n], what was spent by then.
        aim: What it is scored by.
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


def winner(lanes: Sequence[Sequence[Mapping[str, Any]]], criterion: Criterion) -> int:
    """Return which setting won: least median over its seeds, then least final loss.

    Args:
        lanes: For each setting, the scores of its seeds.
        criterion: Which of them decides.
    """

    def rank(index: int) -> tuple[float, float, int]:
        scores = lanes[index]
        return (
            median(s[criterion] for s in scores),
            median(s["final_loss"] for s in scores),
            index,
        )

    return min(range(len(lanes)), key=rank)
