"""Draw settings for tuning: spread over ranges, beyond an edge, and near the best."""

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, exp, log
from random import Random

from optimizers import LogUniform

DECADE = 10.0
FEWEST_MORE = 3
Settings = Mapping[str, float]
Ranges = Mapping[str, LogUniform]


def sample(ranges: Ranges, count: int, seed: int) -> list[dict[str, float]]:
    """Draw settings: x_i = low (high / low)^u_i with u_i = (π(i) + s) / count.

    Each setting has its own random permutation π of 0, ..., count - 1 and its own
    s ~ U(0, 1). Each draw is log-uniform, and neighbours in a setting are 1 / count of
    its range apart, so that the best one tried depends little on the seed.

    The numbers come from `random.Random`, whose `random()` gives the same numbers in
    every version of Python and on every machine.

    Args:
        ranges: By setting.
        count: The number of draws.
        seed: Determines the draws.

    References:
        Cranley and Patterson, "Randomization of number theoretic methods for multiple
        integration", SIAM Journal on Numerical Analysis 13, 1976; McKay, Beckman,
        Conover, "A comparison of three methods for selecting values of input
        variables", Technometrics 21, 1979.
    """
    random = Random(seed)
    columns = {name: _column(ends, count, random) for name, ends in ranges.items()}
    return [{name: values[i] for name, values in columns.items()} for i in range(count)]


def _column(ends: LogUniform, count: int, random: Random) -> list[float]:
    keys = [random.random() for _ in range(count)]
    order = sorted(range(count), key=keys.__getitem__)
    shift, width = random.random(), log(ends.high / ends.low)
    return [_round(ends.low * exp((cell + shift) / count * width)) for cell in order]


def _round(value: float) -> float:
    """Round to four digits, so that a setting is easy to copy."""
    return float(f"{value:.4g}")


def ranges_beyond(
    ranges: Ranges, tried: Sequence[Settings], best: Settings
) -> dict[str, LogUniform]:
    """Return extended ranges if the best setting was at an edge; else none.

    A setting is at an edge if its value is the least or the greatest that was tried.
    Its range is then continued by a decade; the ranges of the others are unchanged. A
    value of 0 switches a setting off and is at no edge.
    """
    added = {}
    for name, (low, high) in ranges.items():
        values = _positive(tried, name)
        if best[name] == min(values):
            added[name] = LogUniform(low / DECADE, low)
        elif best[name] == max(values):
            added[name] = LogUniform(high, high * DECADE)
    return {**ranges, **added} if added else {}


def count_beyond(ranges: Ranges, added: Ranges, count: int) -> int:
    """Return the number of draws from the added ranges, with the same density."""
    share = exp(sum(log(added[k].decades / ranges[k].decades) for k in ranges))
    return max(FEWEST_MORE, ceil(count * min(1.0, share)))


def ranges_near(
    ranges: Ranges, tried: Sequence[Settings], best: Settings
) -> dict[str, LogUniform]:
    """Return the ranges between the neighbours of the best setting.

    They go from the next smaller to the next greater value that was tried, or to the
    end of the range. A value of 0 has no neighbours, and its setting is left out.
    """
    near = {}
    for name, (low, high) in ranges.items():
        value, values = best[name], _positive(tried, name)
        if value > 0:
            below = max((v for v in values if v < value), default=low)
            above = min((v for v in values if v > value), default=high)
            near[name] = LogUniform(below, above)
    return near


def joined(ranges: Ranges, added: Ranges) -> dict[str, LogUniform]:
    """Return the ranges that contain both."""
    return {
        name: LogUniform(min(low, added[name].low), max(high, added[name].high))
        for name, (low, high) in ranges.items()
    }


def containing(ranges: Ranges, settings: Settings) -> dict[str, LogUniform]:
    """Return the ranges, extended to the values of some settings above 0."""
    at = {
        name: LogUniform(value, value) if (value := settings[name]) > 0 else ends
        for name, ends in ranges.items()
    }
    return joined(ranges, at)


def _positive(tried: Iterable[Settings], name: str) -> list[float]:
    return [value for settings in tried if (value := settings[name]) > 0]
