"""The break-even price of a gradient for two optimizers."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from .intervals import widest_rank


class BreakEven(NamedTuple):
    """A price of a gradient at which the winner changes, in forward passes.

    Attributes:
        below, above: The winner at lower and at higher prices: 0 or 1.
        price: Where the winner in most seeds changes.
        low, high: Confidence interval of the price.
    """

    below: int
    above: int
    price: float
    low: float
    high: float


def wins(gradients: np.ndarray, others: np.ndarray, price: float) -> np.ndarray:
    """Return in how many seeds each of two optimizers is cheaper.

    cost = price * gradients + others

    Args:
        gradients: float[2, seeds], calls until the target; inf for never.
        others: float[2, seeds], the cost of all other calls, in forward passes.
        price: Of a gradient, in forward passes, > 0.

    Returns:
        int[2]; seeds with equal costs, or both inf, are not counted.
    """
    first, second = price * gradients + others
    return np.array([(first < second).sum(), (second < first).sum()])


def break_evens(
    gradients: np.ndarray, others: np.ndarray, confidence: float = 0.95
) -> list[BreakEven]:
    """Return the prices at which the winner changes, in ascending order; often one.

    In a seed the costs are equal at (o_2 - o_1) / (g_1 - g_2). Between two such prices
    nothing changes: the optimizer that is cheaper in most seeds wins, and significantly
    so if the order-statistic interval of the median difference excludes 0 (the sign
    test). If both are cheaper in equally many seeds, the price is the least such one.

    Args:
        gradients: float[2, seeds], as in `wins`.
        others: float[2, seeds], as in `wins`.
        confidence: As in `interval`.
    """
    edges = _edges(gradients, others)
    # One price inside each interval: half the first edge, means, twice the last.
    ends = np.r_[edges[:1] / 4, edges, edges[-1:] * 4]
    inside = np.sqrt(ends[:-1] * ends[1:]) if len(edges) else np.ones(1)
    counts = np.array([wins(gradients, others, price) for price in inside])
    seeds = gradients.shape[1]
    needed = seeds + 1 - widest_rank(seeds, confidence)
    return list(_changes(edges, counts, needed))


def _edges(gradients: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return the prices at which some seed's winner changes, in ascending order."""
    with np.errstate(invalid="ignore", divide="ignore"):
        prices = (others[1] - others[0]) / (gradients[0] - gradients[1])
    return np.unique(prices[np.isfinite(prices) & (prices > 0)])


def _changes(edges: np.ndarray, counts: np.ndarray, needed: int):
    """Yield a break-even price between neighbouring intervals of different winners."""
    sign = np.sign(counts[:, 1] - counts[:, 0])
    decided = np.flatnonzero(sign)
    for left, right in pairwise(decided):
        below, above = (int(sign[i] > 0) for i in (left, right))
        if below != above:
            sure_below = np.flatnonzero(counts[: left + 1, below] >= needed)
            sure_above = np.flatnonzero(counts[right:, above] >= needed)
            low = edges[sure_below[-1]] if len(sure_below) else 0.0
            high = edges[right + sure_above[0] - 1] if len(sure_above) else np.inf
            yield BreakEven(below, above, float(edges[left]), float(low), float(high))
