"""Sample settings for tuning: the same number for every optimizer, over decades."""

from collections.abc import Mapping, Sequence
from math import ceil, exp, log
from typing import Any

import numpy as np

from optimizers import LogUniform

DECADE = 10.0
FEWEST_MORE = 3


def sample(
    ranges: Mapping[str, LogUniform], count: int, seed: int
) -> list[dict[str, float]]:
    """Draw settings: log x ~ U(log low, log high), each setting independently.

    The draws of one setting fall one into each of `count` equal parts of its range
    (a Latin hypercube), so that no range has a large gap.

    Args:
        ranges: By setting.
        count: How many.
        seed: The same one draws the same.

    References:
        McKay, Beckman, Conover, "A comparison of three methods for selecting values
        of input variables", Technometrics 21, 1979.
    """
    from scipy.stats import qmc

    unit = qmc.LatinHypercube(len(ranges), rng=seed).random(count)
    columns = {
        name: np.exp(log(low) + unit[:, place] * log(high / low))
        for place, (name, (low, high)) in enumerate(ranges.items())
    }
    return [{k: _round(v[i]) for k, v in columns.items()} for i in range(count)]


def _round(value: float) -> float:
    """Round to four digits, so that a setting can be typed again."""
    return float(f"{value:.4g}")


def ranges_beyond(
    ranges: Mapping[str, LogUniform],
    drawn: Sequence[Mapping[str, Any]],
    winner: Mapping[str, Any],
) -> dict[str, LogUniform]:
    """Return ranges that go on where the winner was at an edge; none where it was not.

    At an edge is the least or the greatest value that was drawn. The range goes on
    there for a decade, and is as it was for the other settings.
    """
    added = {}
    for name, (low, high) in ranges.items():
        values = [settings[name] for settings in drawn]
        if winner[name] == min(values):
            added[name] = LogUniform(low / DECADE, low)
        elif winner[name] == max(values):
            added[name] = LogUniform(high, high * DECADE)
    return {**ranges, **added} if added else {}


def count_beyond(
    ranges: Mapping[str, LogUniform], added: Mapping[str, LogUniform], count: int
) -> int:
    """Return how many to draw from what was added, as densely as before."""
    share = exp(sum(log(added[k].decades / ranges[k].decades) for k in ranges))
    return max(FEWEST_MORE, ceil(count * min(1.0, share)))


def joined(
    ranges: Mapping[str, LogUniform], added: Mapping[str, LogUniform]
) -> dict[str, LogUniform]:
    """Return the ranges that hold both."""
    return {
        name: LogUniform(min(low, added[name].low), max(high, added[name].high))
        for name, (low, high) in ranges.items()
    }
