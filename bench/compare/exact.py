"""Counts, losses and ends of two runs, which chance has no part in."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from ..telling.units import count
from ..telling.weigh import CALLS, forward_equivalents
from .work import Spent, Trial, Trials, reached_the_same, same_work

RANKS = {"target": 3, "budget": 2, "stalled": 2, "diverged": 1}
"""Ends from good to bad; `failed` and `skipped` come last."""
COUNTS = 0.02
"""Share by which counts may differ between unlike machines, a single call aside."""
ORDER = ("worse", "changed", "better", "same")


class Rounding(NamedTuple):
    """By how much numbers may differ and still be the same.

    Attributes:
        exact: Not at all: the machine and the software are the same.
        dtype: Its unit roundoff is u.
    """

    exact: bool
    dtype: str

    @property
    def share(self) -> float:
        """Return sqrt(2 u): roundings that a trajectory has made grow to about that."""
        return float(np.sqrt(np.finfo(self.dtype).eps))

    @property
    def floor(self) -> float:
        """Return 10 u, below which nothing is told apart."""
        return float(5 * np.finfo(self.dtype).eps)

    def same(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return where two losses are the same."""
        return _equal(x, y) if self.exact else self.near(x, y)

    def near(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return where |x - y| <= max(sqrt(2 u) max(|x|, |y|), 10 u)."""
        with np.errstate(invalid="ignore"):
            most = np.fmax(self.share * np.fmax(np.abs(x), np.abs(y)), self.floor)
            return _equal(x, y) | (np.abs(x - y) <= most)

    def calls(self, readings: np.ndarray) -> np.ndarray:
        """Return by how many calls each reading may differ."""
        return np.zeros(6) if self.exact else np.fmax(COUNTS * readings, 1)


class Found(NamedTuple):
    """What came of a seed's comparison: a word of `ORDER`, and what changed."""

    verdict: str
    words: str


def compare(
    a: Trial, b: Trial, exact: bool = True, weights: Mapping[str, float] | None = None
) -> Found:
    """Compare a seed's trial in two runs.

    A worse end decides; then more calls for the same work, unlike calls weighed by
    A's prices; then, where the work is no target, a greater loss after it.

    Args:
        a, b: The trials.
        exact: Whether they are to be the same bit for bit.
        weights: Each call's price, in forward passes.
    """
    rounding = Rounding(exact, a.record.get("dtype", "float32"))
    spent = same_work([a, b]) if len(a.steps) and len(b.steps) else None
    words, verdicts = [], []
    if a.end != b.end:
        words.append(f"end {a.end} → {b.end}")
        verdicts.append(_order(-RANKS.get(a.end, 0), -RANKS.get(b.end, 0)))
    if spent:
        for found in (
            _calls(spent[0], spent[1], rounding, weights or {}),
            _losses(a, b, rounding),
        ):
            words += [found.words] if found.words else []
            verdicts.append(found.verdict)
        if not reached_the_same([a, b]):
            verdicts.append(_reached(spent[0], spent[1], rounding))
    return Found(_decided(verdicts), "; ".join(words))


def by_seed(
    a: Trials, b: Trials, exact: bool, weights: Mapping[str, float]
) -> list[Found]:
    """Compare the seeds that both runs have, each by its first round."""
    first = [_first(side) for side in (a, b)]
    shared = sorted(first[0].keys() & first[1].keys())
    return [compare(first[0][s], first[1][s], exact, weights) for s in shared]


def worst(found: Sequence[Found]) -> Found:
    """Return the worst of several, the first of those that are equally bad."""
    return min(found, key=lambda one: ORDER.index(one.verdict))


def repeats(trials: Trials) -> bool:
    """Return whether a seed's trials agree bit for bit in all rounds of a run."""
    first = _first(trials)
    return all(
        compare(first[seed], trial).verdict == "same"
        for (seed, _), trial in trials.items()
    )


def _first(trials: Trials) -> dict[int, Trial]:
    """Return each seed's trial in its first round."""
    return {seed: trials[seed, turn] for seed, turn in sorted(trials, reverse=True)}


def _decided(verdicts: Sequence[str]) -> str:
    """Return the first verdict that says which is better, else whether any differs."""
    told = next((v for v in verdicts if v in ("worse", "better")), None)
    return told or ("changed" if "changed" in verdicts else "same")


def _order(a: float, b: float) -> str:
    return "worse" if b > a else "better" if b < a else "changed"


def _calls(
    a: Spent, b: Spent, rounding: Rounding, weights: Mapping[str, float]
) -> Found:
    rises = b.readings - a.readings
    rises = np.where(np.abs(rises) > rounding.calls(a.readings), rises, 0)
    words = [
        f"{call} {count(a.readings[i])} → {count(b.readings[i])}"
        for i, call in enumerate(CALLS)
        if rises[i]
    ]
    if a.step != b.step:
        words.append(f"steps {count(a.step)} → {count(b.step)}")
    if not rises.any():
        return Found("same" if a.step == b.step else "changed", ", ".join(words))
    return Found(_dearer(rises, weights), ", ".join(words))


def _dearer(rises: np.ndarray, weights: Mapping[str, float]) -> str:
    if (rises >= 0).all() or (rises <= 0).all():
        return _order(0.0, float(rises.sum()))
    priced = forward_equivalents(dict(zip(CALLS, rises, strict=True)), weights)
    return _order(0.0, float(priced))  # nan, where a price is not known, is no order


def _losses(a: Trial, b: Trial, rounding: Rounding) -> Found:
    """Return whether the losses at the steps that both recorded are the same."""
    steps, at_a, at_b = np.intersect1d(a.steps, b.steps, return_indices=True)
    x, y = a.losses[at_a], b.losses[at_b]
    differs = ~rounding.same(x, y)
    if not differs.any():
        return Found("same", "")
    at = int(np.flatnonzero(differs)[0])
    words = f"loss {float(x[at])!r} → {float(y[at])!r} at step {steps[at]:.0f}"
    return Found("changed", words)


def _reached(a: Spent, b: Spent, rounding: Rounding) -> str:
    """Return which of two losses after the same work is the better one."""
    if rounding.near(np.array(a.loss), np.array(b.loss)):
        return "same"
    if not np.isfinite([a.loss, b.loss]).all():
        return _order(np.isfinite(b.loss), np.isfinite(a.loss))
    return _order(a.loss, b.loss)


def _equal(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x == y) | (np.isnan(x) & np.isnan(y))
