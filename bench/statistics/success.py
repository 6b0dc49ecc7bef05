"""McNemar's test of pairs of solvers: which reaches the target more often."""

from typing import NamedTuple

import numpy as np


class Pairs(NamedTuple):
    """A test for each pair of solvers, each an array[pairs].

    Attributes:
        first, second: The indices of the solvers.
        only_first, only_second: Trials in which only one reached the target.
        both: Trials that apply to both solvers.
        chance: p, the probability of such a difference if both succeed equally often.
        corrected: p corrected by Holm's method over all pairs.
    """

    first: np.ndarray
    second: np.ndarray
    only_first: np.ndarray
    only_second: np.ndarray
    both: np.ndarray
    chance: np.ndarray
    corrected: np.ndarray


def mcnemar(reached: np.ndarray) -> Pairs:
    """Compare success rates pair by pair, exactly.

    p = min(1, 2 P(Binomial(b + c, 1/2) <= min(b, c))), b and c the trials in which only
    the one or only the other reached the target; all others are ties.

    Args:
        reached: float[trials, solvers] of 1 and 0; nan if a solver does not apply.

    References:
        McNemar, "Note on the sampling error of the difference between correlated
        proportions or percentages", Psychometrika 12, 1947.
    """
    from scipy.special import (
        bdtr,
    )  # takes a sixth of a second, not paid by a run's start

    first, second = np.triu_indices(reached.shape[1], 1)
    one, other = reached[:, first], reached[:, second]
    counts = ((one > other).sum(0), (one < other).sum(0))
    both = (~np.isnan(one + other)).sum(0)
    chance = np.minimum(1, 2 * bdtr(np.minimum(*counts), sum(counts), 0.5))
    return Pairs(first, second, *counts, both, chance, holm(chance))


def holm(chances: np.ndarray) -> np.ndarray:
    """Correct p values for their number: max_{j <= i} (n + 1 - j) p_(j), at most 1.

    Args:
        chances: float[tests].

    References:
        Holm, "A simple sequentially rejective multiple test procedure", Scandinavian
        Journal of Statistics 6, 1979.
    """
    order = np.argsort(chances, kind="stable")
    scaled = chances[order] * np.arange(len(chances), 0, -1)
    corrected = np.empty(len(chances))
    corrected[order] = np.minimum(1, np.maximum.accumulate(scaled))
    return corrected
