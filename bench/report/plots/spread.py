"""Seeds' curves on one grid: median and quartiles of staircases."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

POINTS = 300


class Curve(NamedTuple):
    """One trial's progress against one cost.

    Attributes:
        cost: float[points], never falling; 0 at the start.
        value: float[points], what had been reached for that cost.
        left: Whether it diverged at the last point: it has no value after that.
    """

    cost: np.ndarray
    value: np.ndarray
    left: bool


class Band(NamedTuple):
    """The spread of several curves at common costs, each float[points]."""

    cost: np.ndarray
    low: np.ndarray
    median: np.ndarray
    high: np.ndarray


def band(curves: Sequence[Curve]) -> Band:
    """Return lower quartile, median and upper quartile over the curves.

    Between two points, and after the last, a curve stays at the value last reached:
    what is under way has not been reached. A diverged curve counts as inf from its
    last point on. Quantiles are inverted_cdf: values that were seen.
    """
    cost = thinned(np.unique(np.concatenate([curve.cost for curve in curves])))
    values = np.sort(np.stack([at(curve, cost) for curve in curves]), axis=0)
    ranks = [int(np.ceil(q * len(curves))) - 1 for q in (0.25, 0.5, 0.75)]
    return Band(cost, *(values[rank] for rank in ranks))


def until(band: Band, target: float) -> Band:
    """Cut a band off where its median reaches the target; never, for nan.

    What follows is what slower trials still spent, and no progress.
    """
    arrived = np.flatnonzero(band.median <= target)
    last = arrived[0] + 1 if len(arrived) else len(band.cost)
    return Band(*(row[:last] for row in band))


def at(curve: Curve, cost: np.ndarray) -> np.ndarray:
    """Return a curve's value for each cost, the last reached carried on."""
    last = np.searchsorted(curve.cost, cost, side="right") - 1
    values = np.where(np.isfinite(curve.value), curve.value, np.inf)[last]
    return np.where(curve.left & (cost > curve.cost[-1]), np.inf, values)


def thinned(cost: np.ndarray, points: int = POINTS) -> np.ndarray:
    """Keep about `points` of rising costs, even in their logarithm, and both ends."""
    if len(cost) <= points:
        return cost
    positive = np.log(cost[cost > 0])
    wanted = np.linspace(positive[0], positive[-1], points)
    kept = np.unique(np.searchsorted(positive, wanted, side="right") - 1)
    return np.concatenate([cost[cost <= 0], cost[cost > 0][kept]])


def reduced(curve: Curve) -> Curve:
    """Return a curve with as many points as can be told apart in a plot."""
    cost = thinned(np.unique(curve.cost))
    return Curve(cost, at(curve, cost), curve.left)
