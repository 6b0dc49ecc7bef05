"""The statistical rule by which the seconds of two runs are compared."""

from typing import NamedTuple

import numpy as np
from scipy.stats import t

WORSE = np.log(1.02)
"""Log ratio above which a slowdown counts."""
SAME = np.log(1.10)
"""Log ratio below which two times count as the same."""
FAMILY = 0.025
"""Probability that a table without any difference has a row called worse."""
CONFIDENT = 1.645
"""Standard errors that a normal number exceeds with probability 5 %."""
FEWEST_CELLS = 3
"""Trial groups needed to separate the machine's change from theirs."""


class Relative(NamedTuple):
    """Log seconds after the machine's part is subtracted.

    Attributes:
        a, b: float[..., cell, round] of each run.
        machine_a, machine_b: float[..., round], what each round's cells share.
    """

    a: np.ndarray
    b: np.ndarray
    machine_a: np.ndarray
    machine_b: np.ndarray


class Judged(NamedTuple):
    """The comparison of two runs in each row, `float[..., row]` of log ratios.

    Attributes:
        delta: Mean over B's rounds minus mean over A's.
        error: Its standard error; nan if neither run has a second round.
        margin: |delta| that noise exceeds with a probability of `FAMILY` per table.
    """

    delta: np.ndarray
    error: np.ndarray
    margin: np.ndarray

    @property
    def worse(self) -> np.ndarray:
        """bool[..., row], delta - margin > ln 1.02."""
        return self.delta - self.margin > WORSE

    @property
    def better(self) -> np.ndarray:
        """bool[..., row], delta + margin < -ln 1.02."""
        return self.delta + self.margin < -WORSE

    @property
    def same(self) -> np.ndarray:
        """bool[..., row], |delta| + 1.645 se < ln 1.10, and neither of the above."""
        near = np.abs(self.delta) + CONFIDENT * self.error < SAME
        return near & ~self.worse & ~self.better

    @property
    def least(self) -> np.ndarray:
        """float[..., row], the slowdown that is found with probability 95 %."""
        return WORSE + self.margin + CONFIDENT * self.error


def relative(a: np.ndarray, b: np.ndarray) -> Relative:
    """Pair by seed, take the median over seeds, and subtract each round's own.

    level[c, s] = (mean_r a[c, s, r] + mean_r b[c, s, r]) / 2
    y[c, r] = median_s (x[c, s, r] - level[c, s])
    relative[c, r] = y[c, r] - median_c y[c, r]

    Args:
        a, b: float[..., cell, seed, round], log seconds; nan if there are none.
    """
    level = (_mean(a, -1) + _mean(b, -1)) / 2
    of_a, of_b = (_median(x - level[..., None], -2) for x in (a, b))
    machine_a, machine_b = (_median(y, -2) for y in (of_a, of_b))
    return Relative(
        of_a - machine_a[..., None, :],
        of_b - machine_b[..., None, :],
        machine_a,
        machine_b,
    )


def judge(a: np.ndarray, b: np.ndarray) -> Judged:
    """Judge the rows of a table.

    delta = mean(b) - mean(a) over rounds
    own² = (SS_a + SS_b) / (n_a + n_b - 2) (1 / n_a + 1 / n_b)
    pooled² = the same, sums over the table
    se = max(own, pooled), margin = max(t own, t pooled)

    t is Student's quantile at `FAMILY` over the rows, for the degrees of freedom of
    each. A normal quantile would suffice if all rows had the same noise. With unequal
    noise, up to 13 of 100 simulated tables without any difference had a row called
    worse with two rounds, and up to 9 with three. With t there were at most 2.

    Args:
        a, b: float[..., row, round], log seconds without the machine's; nan where
            there are none.
    """
    counts = [np.isfinite(x).sum(-1) for x in (a, b)]
    freedom = np.maximum(counts[0] + counts[1] - 2, 0)
    squares = _squares(a) + _squares(b)
    delta = _mean(b, -1) - _mean(a, -1)
    chance = (FAMILY / np.maximum(np.isfinite(delta).sum(-1), 1))[..., None]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 1 / counts[0] + 1 / counts[1]
        own = np.sqrt(squares / freedom * share)
        table = squares.sum(-1)[..., None] / (total := freedom.sum(-1)[..., None])
        pooled = np.sqrt(table * share)
    margin = np.fmax(t.isf(chance, freedom) * own, t.isf(chance, total) * pooled)
    return Judged(delta, np.fmax(own, pooled), margin)


def foreseen(x: np.ndarray) -> np.ndarray:
    """Return the smallest slowdown that two runs like this one could detect.

    It depends only on the spread between rounds.

    Args:
        x: float[..., cell, seed, round], log seconds of one run.

    Returns:
        float[..., cell], log ratios; nan with a single round.
    """
    alone = relative(x, x).a
    return judge(alone, alone).least


def together(x: np.ndarray, groups: list[list[int]]) -> np.ndarray:
    """Return the mean over the cells of each group, `float[..., group, round]`."""
    return np.stack([_mean(x[..., cells, :], -2) for cells in groups], -2)


def _squares(x: np.ndarray) -> np.ndarray:
    return np.nansum((x - _mean(x, -1)[..., None]) ** 2, -1)


def _mean(x: np.ndarray, axis: int) -> np.ndarray:
    known = np.isfinite(x)
    with np.errstate(invalid="ignore"):
        return np.where(known, x, 0.0).sum(axis) / known.sum(axis)


def _median(x: np.ndarray, axis: int) -> np.ndarray:
    """Return medians of the numbers that are not nan."""
    ranked = np.moveaxis(np.sort(x, axis), axis, -1)
    known = np.isfinite(ranked).sum(-1)[..., None]
    low, high = np.maximum((known - 1) // 2, 0), known // 2
    high = np.minimum(high, ranked.shape[-1] - 1)
    middle = [np.take_along_axis(ranked, at, -1)[..., 0] for at in (low, high)]
    return (middle[0] + middle[1]) / 2
