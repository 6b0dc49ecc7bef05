"""The median with a distribution-free confidence interval."""

from collections.abc import Iterable
from functools import lru_cache
from math import comb, nan
from typing import NamedTuple

import numpy as np


class Interval(NamedTuple):
    """A median between two order statistics.

    Attributes:
        median: One of the numbers themselves (inverted_cdf), so that inf stays exact.
        low, high: Order statistics around it.
        coverage: Probability that [low, high] contains the true median.
    """

    median: float
    low: float
    high: float
    coverage: float


def median(numbers: Iterable[float]) -> float:
    """Return the least number that at least half of the numbers do not exceed."""
    numbers = np.asarray(list(numbers), float)
    if not len(numbers) or np.isnan(numbers).any():
        return nan
    return float(np.sort(numbers)[(len(numbers) - 1) // 2])


def medians(numbers: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the `median` along an axis of the numbers that are not nan.

    Args:
        numbers: float[...], inf for a target not reached, nan for a missing number.
        axis: Of the numbers that belong together.

    Returns:
        float[...] without the axis; nan if all numbers are nan.
    """
    ranked = np.sort(numbers, axis=axis)  # nan last
    known = (~np.isnan(ranked)).sum(axis, keepdims=True)
    middle = np.maximum(known - 1, 0) // 2
    return np.take_along_axis(ranked, middle, axis).squeeze(axis)


def shares(happened: np.ndarray, counted: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the share of events that happened; nan if there are none."""
    with np.errstate(invalid="ignore"):
        return (happened & counted).sum(axis) / counted.sum(axis)


def interval(numbers: Iterable[float], confidence: float = 0.95) -> Interval:
    """Bound the median by order statistics, exactly for any distribution.

    P(x_(r) <= median <= x_(n+1-r)) = 1 - 2 P(Binomial(n, 1/2) < r)

    r is the largest whose coverage is at least `confidence`. For fewer than six numbers
    and 95 % there is none, and the interval is min to max with its own coverage.

    Args:
        numbers: float[n], inf for a target not reached.
        confidence: Least coverage, in (0, 1).

    Returns:
        All nan if there are no numbers or one of them is nan.

    References:
        David and Nagaraja, "Order Statistics", 3rd edition, 2003, section 7.1.
    """
    ranked = np.sort(np.asarray(list(numbers), float))
    if not len(ranked) or np.isnan(ranked).any():
        return Interval(nan, nan, nan, nan)
    rank = widest_rank(len(ranked), confidence)
    low, high = float(ranked[rank - 1]), float(ranked[-rank])
    return Interval(median(ranked), low, high, coverage(len(ranked), rank))


@lru_cache(4096)
def widest_rank(count: int, confidence: float) -> int:
    """Return the largest r whose coverage is at least `confidence`, or else 1."""
    rank = 1
    while 2 * (rank + 1) <= count and coverage(count, rank + 1) >= confidence:
        rank += 1
    return rank


def coverage(count: int, rank: int) -> float:
    """Return the coverage of the interval x_(rank) to x_(count+1-rank)."""
    below = sum(comb(count, i) for i in range(rank))
    return max(0.0, 1 - 2 * below / 2**count)
