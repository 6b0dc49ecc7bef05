"""Compare calls, losses and ends of two runs, without statistics."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...core.costs import Prices, cost_of_calls
from ...core.readings import COUNT, READINGS
from ..format import count
from ..groups import Results
from .changes import END, LOSS, STEPS, Change, Comparison
from .pairs import Pair, TracedTrial, Trials, Work, reached_the_same, same_work

RANKS = {"target": 3, "budget": 2, "stalled": 2, "diverged": 1}
"""Ends from good to bad; `failed` and `skipped` come last."""
COUNTS = 0.02
"""Relative tolerance of counts on different machines; one call is allowed too."""
ORDER = ("worse", "changed", "better", "same")
NOT_COMPARED = "not compared"


class Rounding(NamedTuple):
    """The tolerance within which numbers count as the same.

    Attributes:
        exact: No tolerance, because machine and versions are the same.
        dtype: Its unit roundoff is u.
    """

    exact: bool
    dtype: str

    @property
    def share(self) -> float:
        """Return sqrt(2 u), the relative rounding error expected over a trajectory."""
        return float(np.sqrt(np.finfo(self.dtype).eps))

    @property
    def floor(self) -> float:
        """Return 10 u, below which losses count as equal."""
        return float(5 * np.finfo(self.dtype).eps)

    def same(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return bool[...], whether two losses are the same."""
        return _equal(x, y) if self.exact else self.near(x, y)

    def near(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return |x - y| <= max(sqrt(2 u) max(|x|, |y|), 10 u)."""
        with np.errstate(invalid="ignore"):
            most = np.fmax(self.share * np.fmax(np.abs(x), np.abs(y)), self.floor)
            return _equal(x, y) | (np.abs(x - y) <= most)

    def calls(self, readings: np.ndarray) -> np.ndarray:
        """Return the tolerance of each reading, in calls."""
        return np.zeros(COUNT) if self.exact else np.fmax(COUNTS * readings, 1)


def compare_trials(
    a: TracedTrial,
    b: TracedTrial,
    exact: bool = True,
    prices: Prices | None = None,
    ends: bool = True,
) -> Comparison:
    """Compare a seed's trial in two runs.

    A worse end decides; then more calls for the same work, different kinds of call at
    A's prices; then, without a target, a larger loss after the work.

    Args:
        a, b: The trials.
        exact: Whether the same means equal bit for bit.
        prices: Of each kind of call, in forward passes.
        ends: Whether a worse end counts; not between different budgets.
    """
    rounding = Rounding(exact, a.record.spec.dtype)
    spent = same_work([a, b]) if len(a.steps) and len(b.steps) else None
    changes: list[Change] = []
    verdicts = []
    if a.end != b.end:
        changes.append(Change(END, a.end, b.end, is_judged=ends))
        ranks = (-RANKS.get(side.end, 0) for side in (a, b))
        verdicts.append(_order(*ranks) if ends else "changed")
    if spent:
        for compared in (
            _calls(spent[0], spent[1], rounding, prices or {}),
            _losses(a, b, rounding),
        ):
            changes += compared.changes
            verdicts.append(compared.verdict)
        if not reached_the_same([a, b]):
            verdicts.append(_reached(spent[0], spent[1], rounding))
    return Comparison(_decided(verdicts), tuple(changes))


def by_seed(
    a: Trials, b: Trials, exact: bool, prices: Prices, ends: bool = True
) -> list[Comparison]:
    """Compare the seeds that both runs have, by the first round of each."""
    first = [_first(side) for side in (a, b)]
    shared = sorted(first[0].keys() & first[1].keys())
    given = (exact, prices, ends)
    return [compare_trials(first[0][s], first[1][s], *given) for s in shared]


def worst(compared: Sequence[Comparison]) -> Comparison:
    """Return the worst of several comparisons, the first of equal ones."""
    return min(compared, key=lambda one: ORDER.index(one.verdict))


def repeats(trials: Trials) -> bool:
    """Return whether a seed's trials agree bit for bit in all rounds of a run."""
    first = _first(trials)
    return all(
        compare_trials(first[seed], trial).verdict == "same"
        for (seed, _), trial in trials.items()
    )


def _first(trials: Trials) -> dict[int, TracedTrial]:
    """Return each seed's trial in its first round."""
    return {seed: trials[seed, turn] for seed, turn in sorted(trials, reverse=True)}


def _decided(verdicts: Sequence[str]) -> str:
    """Return the first `worse` or `better`, else `changed` or `same`."""
    decisive = next((v for v in verdicts if v in ("worse", "better")), None)
    return decisive or ("changed" if "changed" in verdicts else "same")


def _order(a: float, b: float) -> str:
    return "worse" if b > a else "better" if b < a else "changed"


def _calls(a: Work, b: Work, rounding: Rounding, prices: Prices) -> Comparison:
    rises = b.readings - a.readings
    rises = np.where(np.abs(rises) > rounding.calls(a.readings), rises, 0)
    changes = [
        Change(call, float(a.readings[i]), float(b.readings[i]))
        for i, call in enumerate(READINGS)
        if rises[i]
    ]
    if a.step != b.step:
        changes.append(Change(STEPS, a.step, b.step))
    if not rises.any():
        return Comparison("same" if a.step == b.step else "changed", tuple(changes))
    return Comparison(_dearer(rises, prices), tuple(changes))


def _dearer(rises: np.ndarray, prices: Prices) -> str:
    if (rises >= 0).all() or (rises <= 0).all():
        return _order(0.0, float(rises.sum()))
    cost = cost_of_calls(dict(zip(READINGS, rises, strict=True)), prices)
    return _order(
        0.0, float(cost)
    )  # nan (a price is not known) is neither more nor less


def _losses(a: TracedTrial, b: TracedTrial, rounding: Rounding) -> Comparison:
    """Return whether the losses at the steps that both recorded are the same."""
    steps, at_a, at_b = np.intersect1d(a.steps, b.steps, return_indices=True)
    x, y = a.losses[at_a], b.losses[at_b]
    differs = ~rounding.same(x, y)
    if not differs.any():
        return Comparison("same", ())
    at = int(np.flatnonzero(differs)[0])
    change = Change(LOSS, float(x[at]), float(y[at]), int(steps[at]))
    return Comparison("changed", (change,))


def _reached(a: Work, b: Work, rounding: Rounding) -> str:
    """Return which of two losses after the same work is the better one."""
    if rounding.near(np.array(a.loss), np.array(b.loss)):
        return "same"
    if not np.isfinite([a.loss, b.loss]).all():
        return _order(np.isfinite(b.loss), np.isfinite(a.loss))
    return _order(a.loss, b.loss)


def _equal(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x == y) | (np.isnan(x) & np.isnan(y))


class PairRow(NamedTuple):
    """The comparison of the seeds of one optimizer on one problem.

    Attributes:
        problem, optimizer: Their labels in B.
        seeds: In order.
    """

    problem: str
    optimizer: str
    seeds: tuple[Comparison, ...]

    @property
    def worst(self) -> Comparison:
        """The worst of the seeds, the first of equal ones."""
        return worst(self.seeds)

    @property
    def verdict(self) -> str:
        """Its verdict; `not compared` if no seed is in both runs."""
        return self.worst.verdict if self.seeds else NOT_COMPARED

    @property
    def differing(self) -> int:
        """The number of seeds with changes."""
        return sum(bool(seed.changes) for seed in self.seeds)


class Exact(NamedTuple):
    """The comparison of calls, losses and ends.

    Attributes:
        rows: One for each pair.
        notes: What the verdicts mean, and what was not compared.
    """

    rows: tuple[PairRow, ...]
    notes: tuple[str, ...]

    @property
    def worse(self) -> bool:
        """Whether anything is worse."""
        return any(row.verdict == "worse" for row in self.rows)


def compared(
    pairs: Sequence[Pair],
    sides: Sequence[tuple[Trials, Trials]],
    results: Results,
    alike: bool,
    same_budget: Sequence[bool],
) -> Exact:
    """Compare calls, losses and ends.

    Args:
        pairs: What is compared.
        sides: The trials of each pair in A and in B.
        results: The results of A, whose prices are used.
        alike: Whether machine, devices and versions are the same: no tolerance applies.
        same_budget: Of each pair, whether its ends can be compared.
    """
    rows, unsteady = [], []
    for pair, (a, b), ends in zip(pairs, sides, same_budget, strict=True):
        steady = repeats(a) and repeats(b)
        unsteady += [] if steady else [_name(pair)]
        seeds = by_seed(a, b, alike and steady, results.prices(pair.a), ends)
        rows.append(PairRow(*pair.names, tuple(seeds)))
    every = [seed for row in rows for seed in row.seeds]
    notes = [_how_many(every), *_tolerances(pairs, alike), *_unsteady(unsteady)]
    notes += [*_missing(pairs), *_seeds(sides)]
    return Exact(tuple(rows), tuple(notes))


def _unsteady(names: Sequence[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        shown = f"{', '.join(names[:3])}{more}"
        yield f"rounds of one run differ, so the tolerance applies: {shown}"


def _missing(pairs: Sequence[Pair]) -> Iterator[str]:
    for what, of_pair in (
        ("planned trials missing in {}", _lacks),
        ("lost trials in {}, not compared", _lost),
    ):
        counts = [sum(entries) for entries in zip(*map(of_pair, pairs), strict=True)]
        for word, number in zip("AB", counts, strict=True):
            if number:
                yield f"{what.format(word)}: {count(number)}"


def _lacks(pair: Pair) -> tuple[int, int]:
    return pair.a.missing, pair.b.missing


def _lost(pair: Pair) -> tuple[int, int]:
    return pair.a.lost, pair.b.lost


def _seeds(sides: Sequence[tuple[Trials, Trials]]) -> Iterator[str]:
    seeds = [[{seed for seed, _ in trials} for trials in side] for side in sides]
    for word, alone in (
        ("A", set().union(*(a - b for a, b in seeds))),
        ("B", set().union(*(b - a for a, b in seeds))),
    ):
        if alone:
            yield f"seeds only in {word}: {', '.join(map(str, sorted(alone)[:10]))}"


def _how_many(compared: Sequence[Comparison]) -> str:
    same = sum(one.verdict == "same" for one in compared)
    return f"the same: {count(same)} of {count(len(compared))} pairs of trials"


def _tolerances(pairs: Sequence[Pair], alike: bool) -> Iterator[str]:
    if alike:
        yield "machine, devices and versions are equal: same means bit for bit"
        return
    counts = f"counts within {100 * COUNTS:g} % or one call"
    for dtype in sorted({pair.a.spec.dtype for pair in pairs}):
        by = Rounding(False, dtype)
        within = f"within {by.share:.2g} of their size or {by.floor:.1g}"
        losses = f"losses {within} in {dtype}"
        yield f"machine, devices or versions differ: same means {counts}, {losses}"


def _name(pair: Pair) -> str:
    return f"{pair.b.optimizer} on {pair.b.problem}"
