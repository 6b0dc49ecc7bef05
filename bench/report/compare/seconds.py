"""Compare the seconds of two runs, by problem and optimizer and by optimizer alone."""

from collections.abc import Iterator, Sequence
from math import exp, isfinite, nan
from typing import NamedTuple

import numpy as np

from ...statistics.intervals import median
from . import rule
from .pairs import Pair, Trials, log_seconds
from .rule import FAMILY, FEWEST_CELLS, SAME, WORSE, Judged


class Seconds(NamedTuple):
    """The comparison of the seconds of two runs.

    Attributes:
        a, b: float[cell], median seconds of the same work.
        cells: A row for each cell.
        optimizers: A row for each optimizer, over its cells.
        machine: The change that all cells share: B over A, log ratio.
        spread: Its largest over its least value in the rounds, log ratio; nan if each
            run has one round.
    """

    a: np.ndarray
    b: np.ndarray
    cells: Judged
    optimizers: Judged
    machine: float
    spread: float


def compare_seconds(
    cells: Sequence[tuple[Trials, Trials]], groups: list[list[int]]
) -> Seconds:
    """Compare the seconds of two runs by the rule.

    Args:
        cells: The trials of each pair in A and in B; at least one pair.
        groups: For each optimizer the indices of its pairs.
    """
    a, b = log_seconds(cells)
    pair = rule.relative(a, b)
    of_cells = rule.judge(pair.a, pair.b)
    of_groups = rule.judge(rule.together(pair.a, groups), rule.together(pair.b, groups))
    if np.isfinite(of_cells.delta).sum() < rule.FEWEST_CELLS:
        of_cells, of_groups = _unknown(of_cells), _unknown(of_groups)
    machine = [m[np.isfinite(m)] for m in (pair.machine_a, pair.machine_b)]
    if not all(map(len, machine)):
        return Seconds(_typical(a), _typical(b), of_cells, of_groups, nan, nan)
    change = float(machine[1].mean() - machine[0].mean())
    spread = max((float(np.ptp(m)) for m in machine if len(m) > 1), default=nan)
    return Seconds(_typical(a), _typical(b), of_cells, of_groups, change, spread)


def _unknown(judged: Judged) -> Judged:
    nothing = np.full_like(judged.error, nan)
    return Judged(judged.delta, nothing, nothing)


def _typical(x: np.ndarray) -> np.ndarray:
    """Return the median seconds of each cell over its seeds and rounds."""
    return np.array([np.exp(median(row[np.isfinite(row)])) for row in x])


MOST_LOG = 700.0
"""What is larger has no exponential in float64."""


class TimeRow(NamedTuple):
    """The comparison of seconds in one row.

    Attributes:
        problem: Its label in B; empty for all problems of the optimizer.
        optimizer: Its label in B.
        problems: Their number.
        a, b: Median seconds of the same work; nan for several problems.
        ratio, low, high: B over A, and its interval; nan if not known.
        verdict: `worse`, `better`, `same` or `undecided`.
        least: The slowdown that would be detected, as a ratio; nan if not known.
    """

    problem: str
    optimizer: str
    problems: int
    a: float
    b: float
    ratio: float
    low: float
    high: float
    verdict: str
    least: float


class Timed(NamedTuple):
    """The comparison of seconds.

    Attributes:
        rows: One for each pair that was timed in both runs.
        optimizers: One for each optimizer, if it is on several problems.
        machine: The change that all rows share, B over A; nan if not known.
        notes: What the verdicts mean, and what was not compared.
    """

    rows: tuple[TimeRow, ...]
    optimizers: tuple[TimeRow, ...]
    machine: float
    notes: tuple[str, ...]

    @property
    def worse(self) -> bool:
        """Whether anything is worse."""
        return any(row.verdict == "worse" for row in (*self.rows, *self.optimizers))


def compared(pairs: Sequence[Pair], sides: Sequence[tuple[Trials, Trials]]) -> Timed:
    """Compare the seconds of two runs.

    Args:
        pairs: What is compared: timed under the same conditions.
        sides: The trials of each pair in A and in B.
    """
    if not pairs:
        return Timed((), (), nan, ("no trial group was timed alike in both runs",))
    names = [pair.b.optimizer for pair in pairs]
    optimizers = list(dict.fromkeys(names))
    groups = [[i for i, name in enumerate(names) if name == o] for o in optimizers]
    both = compare_seconds(sides, groups)
    rows = [
        TimeRow(*pair.names, 1, both.a[i], both.b[i], *_ratio(both.cells, i))
        for i, pair in enumerate(pairs)
        if isfinite(both.cells.delta[i])
    ]
    of_optimizers = [
        TimeRow("", name, len(groups[i]), nan, nan, *_ratio(both.optimizers, i))
        for i, name in enumerate(optimizers)
        if isfinite(both.optimizers.delta[i])
    ]
    several = bool(rows) and len(optimizers) < len(pairs)
    return Timed(
        tuple(rows),
        tuple(of_optimizers) if several else (),
        _exp(both.machine),
        tuple(_notes(both)),
    )


def _ratio(judged: Judged, i: int) -> tuple[float, float, float, str, float]:
    delta, margin = float(judged.delta[i]), float(judged.margin[i])
    ratio, low, high = map(_exp, (delta, delta - margin, delta + margin))
    words = ("worse", "better", "same")
    verdict = next((word for word in words if getattr(judged, word)[i]), "undecided")
    return ratio, low, high, verdict, _exp(float(judged.least[i]))


def _exp(log_ratio: float) -> float:
    return exp(min(log_ratio, MOST_LOG))


def percent(least: float) -> str:
    """Return a slowdown, given as a log ratio, in percent."""
    share = 100 * (exp(least) - 1)
    return f"{share:.0f} %" if share >= 20 else f"{share:.1f} %"


def _notes(compared: Seconds) -> Iterator[str]:
    known = sum(map(isfinite, compared.cells.delta))
    if not known:
        yield "no trial was timed in both runs"
        return
    machine = f"B over A {exp(compared.machine):.3f}, median over the trial groups"
    rounds = ""
    if isfinite(compared.spread):
        rounds = f"; from round to round up to {exp(compared.spread):.3f}"
    yield f"the machine: {machine}{rounds}"
    yield (
        "B over A: without the change of the machine; from, to: what it can be, given "
        "the spread between rounds"
    )
    if apart := len(compared.cells.delta) - known:
        yield (
            f"not timed alike: {apart} trial groups, whose trials share no step with "
            "seconds that were all measured, or all interpolated"
        )
    yield (
        f"worse: above {exp(WORSE):.2f}; a table without any difference has a row "
        f"called worse with a probability of at most {100 * FAMILY:g} %"
    )
    yield f"same: within {percent(SAME)}, with 95 % confidence"
    yield "undecided: neither; the slowdown in the row would be detected with 95 %"
    if known < FEWEST_CELLS:
        few = f"fewer than {FEWEST_CELLS} trial groups"
        yield f"the machine's part cannot be separated from {few}"
    elif not any(map(isfinite, compared.cells.error)):
        yield "one round in each run: the variation between rounds is unknown"
