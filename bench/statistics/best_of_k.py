"""The outcome of tuning with only k of the settings."""

from math import comb

import numpy as np

from .intervals import Interval, interval


def chances(choose: np.ndarray, tried: int) -> np.ndarray:
    """Return the probability that each setting is chosen from `tried` draws.

    If k of K settings are drawn without replacement, the one that ranks i-th of all is
    the best with probability C(K - i, k - 1) / C(K, k). Ties share their probability.

    Args:
        choose: float[settings], scores in tuning, the least is chosen; inf for never.
        tried: k, from 1 to K.

    Returns:
        float[settings], which sum to 1.

    Raises:
        ValueError: k is out of its range, or a number is nan.

    References:
        Dodge et al., "Show Your Work", EMNLP 2019, draws with replacement; without is
        unbiased: Tang et al., "Showing Your Work Doesn't Always Work", ACL 2020.
    """
    settings = len(choose)
    if not 1 <= tried <= settings:
        raise ValueError(f"tried = {tried}: from 1 to {settings}, the settings")
    if np.isnan(choose).any():
        raise ValueError("choose has nan: use inf for a target not reached")
    ranked = [
        comb(settings - i, tried - 1) / comb(settings, tried)
        for i in range(1, settings + 1)
    ]
    _, group, sizes = np.unique(choose, return_inverse=True, return_counts=True)
    shared = np.add.reduceat(ranked, np.r_[0, sizes.cumsum()[:-1]]) / sizes
    return shared[group]


def best_of(choose: np.ndarray, score: np.ndarray, tried: int) -> Interval:
    """Return the outcome of choosing among `tried` settings, as a median.

    A seed's outcome is the median over all draws of the chosen setting's score; the
    interval is that of order statistics over the seeds. The seeds must differ from
    those that chose, or the outcome is biased in favour of the best.

    Args:
        choose: float[settings], as in `chances`.
        score: float[settings, seeds], the least is best; inf for never.
        tried: k, from 1 to the number of settings.

    Raises:
        ValueError: As `chances`.
    """
    weights = chances(choose, tried)
    order = np.argsort(score, axis=0, kind="stable")
    # Rounding must not put one half below the threshold.
    below = (weights[order].cumsum(axis=0) < 0.5 - 1e-12).sum(axis=0)
    middle = np.take_along_axis(order, below[None], axis=0)
    return interval(np.take_along_axis(score, middle, axis=0)[0])
