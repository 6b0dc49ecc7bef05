"""One number for each seed of some trials."""

from collections import defaultdict
from collections.abc import Callable, Iterable

from ..core.records import TrialRecord
from ..statistics.intervals import median

Number = Callable[[TrialRecord], float]


def over_seeds(records: Iterable[TrialRecord], number: Number) -> list[float]:
    """Return one number for each seed: the median over its rounds."""
    return list(by_seed(records, number).values())


def by_seed(records: Iterable[TrialRecord], number: Number) -> dict[int, float]:
    """Return the median over the rounds of each seed, in order of seeds."""
    seeds = defaultdict(list)
    for record in records:
        seeds[record.spec.seed].append(number(record))
    return {seed: median(numbers) for seed, numbers in sorted(seeds.items())}
