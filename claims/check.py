"""A measured number with the criterion that it has to meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan
from typing import Any, Literal, SupportsFloat, get_args

import numpy as np

import bench

Form = Literal["as it stands", "repaired", "beside"]


@dataclass(frozen=True)
class Criterion:
    """least <= x <= most, for a number's whole interval; made by the functions below.

    Attributes:
        text: "above 1".
        least, most: Bounds, infinite for none.
        strict: The bounds themselves are outside.
        touching: One point of a finite interval within the bounds is enough.
        median: Only the median has to be within the bounds.
    """

    text: str
    least: float = -inf
    most: float = inf
    strict: bool = False
    touching: bool = False
    median: bool = False

    @property
    def words(self) -> str:
        """The text, and whether it applies to the median alone."""
        return f"median {self.text}" if self.median else self.text

    def met(self, seen: bench.Interval) -> bool:
        """Return whether a number meets it; nan never does."""
        low, high = self._ends(seen)
        if self.touching:
            return low <= self.most and high >= self.least
        if self.strict:
            above = low > self.least or self.least == -inf
            return above and (high < self.most or self.most == inf)
        return low >= self.least and high <= self.most

    def spare(self, seen: bench.Interval) -> float:
        """Return by what share a number would have to change to turn the answer.

        |x - b| / max(|x|, |b|) for the interval's end x that decides and the bound b,
        which is the same for a ratio and its inverse; |x - b| for b = 0. A tolerance
        is its own scale: |x - b| / tolerance. nan if the number is unknown, inf if it
        is as expected where no tolerance is given.
        """
        low, high = self._ends(seen)
        if isnan(low) or isnan(high):
            return nan
        if self.touching:
            tolerance = (self.most - self.least) / 2
            inside = min(high - self.least, self.most - low)
            if tolerance == 0:
                return inf if inside >= 0 else _apart(seen.median, self.most)
            return abs(inside) / tolerance
        ends = ((low, self.least), (high, self.most))
        decided = [(x, bound) for x, bound in ends if isfinite(bound)]
        if not self.met(seen):
            sides = ((low < self.least, ends[0]), (high > self.most, ends[1]))
            decided = [end for missed, end in sides if missed] or decided
            return max(_apart(*end) for end in decided)
        return min(_apart(*end) for end in decided)

    def _ends(self, seen: bench.Interval) -> tuple[float, float]:
        """Return the ends of an interval to which the criterion applies."""
        low, high = seen.low, seen.high
        whole = isfinite(low) and isfinite(high)
        if self.median or isnan(low) or (self.touching and not whole):
            return seen.median, seen.median
        return low, high


def _apart(x: float, bound: float) -> float:
    """Return |x - bound| relative to the larger of both; 1 for an infinite x."""
    if not isfinite(x):
        return 1.0
    return abs(x - bound) / (max(abs(x), abs(bound)) if bound else 1.0)


def above(bound: float, *, median: bool = False) -> Criterion:
    """x > bound, for the whole interval or the median alone."""
    return Criterion(f"above {bound:.6g}", least=bound, strict=True, median=median)


def below(bound: float, *, median: bool = False) -> Criterion:
    """x < bound, for the whole interval or the median alone."""
    return Criterion(f"below {bound:.6g}", most=bound, strict=True, median=median)


def within(low: float = -inf, high: float = inf, *, median: bool = False) -> Criterion:
    """low <= x <= high, for the whole interval or the median alone."""
    text = f"{low:.6g} to {high:.6g}"
    if high == inf:
        text = f"at least {low:.6g}"
    elif low == -inf:
        text = f"at most {high:.6g}"
    return Criterion(text, low, high, median=median)


def near(
    expected: SupportsFloat, *, rel: float = 0, abs: float = 0, median: bool = False
) -> Criterion:
    """|x - expected| <= rel |expected| + abs, for some x of the interval.

    An interval with an infinite end counts by its median.

    Args:
        expected: The prediction of the sentence or of a formula.
        rel: Tolerance as a share of it.
        abs: Tolerance in its own unit, added.
        median: Only the median counts.
    """
    expected = float(expected)
    apart = rel * max(expected, -expected) + abs
    tolerances = [f"{100 * rel:.6g} %"] * (rel > 0) + [f"{abs:.6g}"] * (abs > 0)
    text = f"near {expected:.6g}" if tolerances else f"equal to {expected:.6g}"
    text += f" (± {' ± '.join(tolerances)})" if tolerances else ""
    low, high = expected - apart, expected + apart
    return Criterion(text, low, high, touching=True, median=median)


def bracket(low: float, high: float) -> bench.Interval:
    """Return an interval known to contain a number, with its middle as median."""
    return bench.Interval((low + high) / 2, low, high, nan)


class Check:
    """A measured number, and the criterion that decides on the claim.

    Args:
        what: In words, with the dtype where it matters.
        samples: One number; float[seeds], whose median gets an interval of order
            statistics; or a `bench.Interval` as it is.
        criterion: From `above`, `below`, `near` or `within`; None for none.
        form: Whether the criterion is the sentence's own, a repaired sentence's, or
            decides nothing. Without a criterion it is "beside".
        unit: "" for a pure number.
    """

    def __init__(
        self,
        what: str,
        samples: SupportsFloat | Iterable[float] | bench.Interval,
        criterion: Criterion | None = None,
        form: Form = "as it stands",
        unit: str = "",
    ) -> None:
        if form not in get_args(Form):
            forms = f"it is one of {get_args(Form)}"
            raise bench.BenchError(f"check {what!r}: form = {form!r}: {forms}")
        self.what, self.criterion, self.unit = what, criterion, unit
        self.form: Form = form if criterion else "beside"
        self.seen = _interval(samples)
        """The median, and its interval, which is nan if the samples were one number."""

    @property
    def met(self) -> bool | None:
        """Whether the criterion is met; None without one."""
        return self.criterion and bool(self.criterion.met(self.seen))

    @property
    def spare(self) -> float:
        """By what share the number would have to change for `met` to turn."""
        return self.criterion.spare(self.seen) if self.criterion else nan

    @property
    def number(self) -> str:
        """The median, the interval and the unit, to four digits."""
        median, low, high, _ = self.seen
        spread = "" if isnan(low) else f" [{low:.4g}, {high:.4g}]"
        return f"{median:.4g}{spread}{f' {self.unit}' * bool(self.unit)}"

    def __str__(self) -> str:
        """What, number, criterion."""
        wanted = f", {self.criterion.words}" if self.criterion else ""
        return f"{self.what}: {self.number}{wanted}"


def _interval(samples: Any) -> bench.Interval:
    if isinstance(samples, bench.Interval):
        return samples
    if np.ndim(samples):
        return bench.interval(samples)
    return bench.Interval(float(samples), nan, nan, nan)
