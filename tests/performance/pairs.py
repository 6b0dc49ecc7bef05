"""Ratios of two things timed in turn, so that a drifting machine drifts for both."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Ratio(NamedTuple):
    """Seconds of one over seconds of the other: the pairs' quartiles, in order."""

    low: float
    median: float
    high: float
    ours: float
    theirs: float

    def __str__(self) -> str:
        spread = f"{self.median:6.3f}  [{self.low:.3f}, {self.high:.3f}]"
        return f"{spread}  {self.ours * 1e3:.4g} ms over {self.theirs * 1e3:.4g} ms"


def ratio(
    ours: Callable[[], float], theirs: Callable[[], float], pairs: int = 9
) -> Ratio:
    """Time two things in turn and return the ratio pair by pair.

    Args:
        ours: Does it once and returns its seconds.
        theirs: As `ours`.
        pairs: After one of each that is not counted.
    """
    ours(), theirs()
    seconds = np.empty((pairs, 2))
    for i in range(pairs):
        if i % 2:  # who goes first alternates
            seconds[i] = ours(), theirs()
        else:
            seconds[i, 1], seconds[i, 0] = theirs(), ours()
    ratios = seconds[:, 0] / seconds[:, 1]
    low, median, high = np.quantile(ratios, [0.25, 0.5, 0.75], method="inverted_cdf")
    return Ratio(low, median, high, *np.median(seconds, axis=0))
