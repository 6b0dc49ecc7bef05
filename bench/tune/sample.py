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

    Each of `count` equal parts of a setting's range contains one draw (a Latin
    hypercube), so that no range has a large gap.

    Args:
        ranges: By setting.
        count: The number of draws.
        seed: Determines the draws.

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
    """Round to four digits, so that a setting is easy to copy."""
    return float(f"{value:.4g}")


def ranges_beyond(
    ranges: Mapping[str, LogUniform],
    drawn: Sequence[Mapping[str, Any]],
    winner: Mapping[str, Any],
) -> dict[str, LogUniform]:
    """Return extended ranges if the best setting was at an edge; else none.

    A setting is at an edge if its value is the least or the greatest that was drawn.
    Its range is then continued by a decade; the ranges of the others are unchanged.
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
    """Return the number of draws from the added ranges, with the same density."""
    share = exp(sum(log(added[k].decades / ranges[k].decades) for k in ranges))
    return max(FEWEST_MORE, ceil(count * min(1.0, share)))


def joined(
    ranges: Mapping[str, LogUniform], added: Mapping[str, LogUniform]
) -> dict[str, LogUniform]:
    """Return the ranges that contain both."""
    return {
        name: LogUniform(min(low, added[name].low), max(high, added[name].high))
        for name, (low, high) in ranges.items()
    }
