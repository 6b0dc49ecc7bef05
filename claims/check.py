"""A measured number with the criterion that it has to meet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf, isfinite, isnan, nan
from typing import Any, Literal, SupportsFloat

import numpy as np

import bench

Form = Literal["as it stands", "repaired", "beside"]


@dataclass(frozen=True)
class Criterion:
    """least <= x <= most, for all of a number's interval; made by the functions below.

    Attributes:
        words: "above 1".
        least, most: Bounds, infinite where there is none.
        strict: The bounds themselves are outside.
        touching: One point of a finite interval within the bounds is enough.
        median: The median alone has to be within the bounds.
    """

    words: str
    least: float = -inf
    most: float = inf
    strict: bool = False
    touching: bool = False
    median: bool = False

    def met(self, seen: bench.Interval) -> bool:
        """Tell whether a number meets it; nan never does."""
        low, high = seen.low, seen.high
        whole = isfinite(low) and isfinite(high)
        if self.median or isnan(low) or (self.touching and not whole):
            low = high = seen.median
        if self.touching:
            return low <= self.most and high >= self.least
        if self.strict:
            above = low > self.least or self.least == -inf
            return above and (high < self.most or self.most == inf)
        return low >= self.least and high <= self.most


def above(bound: float, *, median: bool = False) -> Criterion:
    """x > bound, for the whole interval or the median alone."""
    return Criterion(_of(median, f"above {bound:.6g}"), bound, inf, True, False, median)


def below(bound: float, *, median: bool = False) -> Criterion:
    """x < bound, for the whole interval or the median alone."""
    words = _of(median, f"below {bound:.6g}")
    return Criterion(words, -inf, bound, True, False, median)


def within(low: float = -inf, high: float = inf, *, median: bool = False) -> Criterion:
    """low <= x <= high, for the whole interval or the median alone."""
    words = f"{low:.6g} to {high:.6g}"
    if high == inf:
        words = f"at least {low:.6g}"
    elif low == -inf:
        words = f"at most {high:.6g}"
    return Criterion(_of(median, words), low, high, median=median)


def near(
    expected: SupportsFloat,
    *,
    rel: float = 0.0,
    abs: float = 0.0,
    median: bool = False,
) -> Criterion:
    """|x - expected| <= rel |expected| + abs, for some x of the interval.

    An interval with an infinite end counts by its median.

    Args:
        expected: What the sentence or a formula predicts.
        rel: Tolerance as a share of it.
        abs: Tolerance in its own unit, added.
        median: Only the median counts.
    """
    expected = float(expected)
    apart = rel * max(expected, -expected) + abs
    tolerances = [f"{100 * rel:.6g} %"] * (rel > 0) + [f"{abs:.6g}"] * (abs > 0)
    words = f"near {expected:.6g}" if tolerances else f"equal to {expected:.6g}"
    words += f" (± {' ± '.join(tolerances)})" if tolerances else ""
    low, high = expected - apart, expected + apart
    return Criterion(_of(median, words), low, high, touching=True, median=median)


def _of(median: bool, words: str) -> str:
    return f"median {words}" if median else words


def bracket(low: float, high: float) -> bench.Interval:
    """Return an interval that is known to hold a number, its middle as the median."""
    return bench.Interval((low + high) / 2, low, high, nan)


@dataclass(frozen=True)
class Check:
    """A measured number, and the criterion that decides on the claim.

    Attributes:
        what: In words, with the dtype where it matters.
        samples: One number; or one a seed, float[seeds], whose median gets an interval
            of order statistics; or a `bench.Interval` as it is.
        criterion: From `above`, `below`, `near`, `within`; None: nothing is expected.
        form: Whether the criterion is the sentence's own, a repaired sentence's, or
            decides nothing. Without a criterion it is "beside".
        unit: "" for a pure number.
    """

    what: str
    samples: float | Iterable[float] | bench.Interval
    criterion: Criterion | None = None
    form: Form = "as it stands"
    unit: str = ""

    def __post_init__(self) -> None:
        """Take the interval once, and let what has no criterion stand beside."""
        object.__setattr__(self, "samples", _interval(self.samples))
        if self.criterion is None:
            object.__setattr__(self, "form", "beside")

    @property
    def seen(self) -> bench.Interval:
        """The median, and its interval: nan where the samples were one number."""
        return self.samples  # type: ignore[return-value]

    @property
    def met(self) -> bool | None:
        """Whether the criterion is met; None without one."""
        return self.criterion and bool(self.criterion.met(self.seen))

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
