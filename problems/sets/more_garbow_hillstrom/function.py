"""What is known of one test function: residuals, sizes, start and least value."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...analytic import Formula


class Known(NamedTuple):
    """What is published of a function's minimum.

    Attributes:
        least: The least value; None if it is not known.
        minima: The points where it is taken, as far as they are known and isolated.
    """

    least: float | None = None
    minima: tuple[tuple[float, ...], ...] = ()


class Dimensions(NamedTuple):
    """The numbers of parameters that a function can have.

    Attributes:
        usual: The one of its member in the set.
        lowest, highest: The bounds; None for no upper one.
        multiple: Each is a multiple of this.
    """

    usual: int
    lowest: int = 1
    highest: int | None = None
    multiple: int = 1

    def allow(self, n: int) -> bool:
        """Return whether a function can have n parameters."""
        high = n if self.highest is None else self.highest
        return self.lowest <= n <= high and n % self.multiple == 0

    def __str__(self) -> str:
        if self.lowest == self.highest:
            return str(self.lowest)
        if self.highest is not None:
            return f"from {self.lowest} to {self.highest}"
        if self.multiple > 1:
            return f"a multiple of {self.multiple}"
        return f"{self.lowest} or more"


def only(n: int) -> Dimensions:
    """Return the dimensions of a function of n parameters."""
    return Dimensions(n, n, n)


def as_many(n: int) -> int:
    """Return m = n."""
    return n


def unknown(n: int, m: int) -> Known:
    """Return nothing."""
    del n, m
    return Known()


def no_data(n: int, m: int) -> tuple[()]:
    """Return nothing."""
    del n, m
    return ()


class Function(NamedTuple):
    """A sum of squares of m residuals that depend on n parameters.

    Attributes:
        residuals: The formula, (x, data) -> float[m].
        dimensions: The values that n can have.
        terms: n -> m.
        start: n -> the usual start, float64[n].
        data: (n, m) -> the arrays that the formula reads.
        known: (n, m) -> what is known of its minimum.
        linear: Whether the residuals are linear in x, and the sum is convex.
    """

    residuals: Formula
    dimensions: Dimensions
    terms: Callable[[int], int]
    start: Callable[[int], NDArray]
    data: Callable[[int, int], Any] = no_data
    known: Callable[[int, int], Known] = unknown
    linear: bool = False


def fixed_terms(m: int) -> Callable[[int], int]:
    """Return n -> m."""
    return lambda n: m


def at(*start: float) -> Callable[[int], NDArray]:
    """Return n -> the start, repeated up to n parameters."""
    return lambda n: np.resize(np.array(start, np.float64), n)


def these(data: Any) -> Callable[[int, int], Any]:
    """Return (n, m) -> the data."""
    return lambda n, m: data


def least(value: float, *minima: tuple[float, ...]) -> Callable[[int, int], Known]:
    """Return (n, m) -> the least value and its points, at which nothing is repeated."""
    return lambda n, m: Known(value, minima)


def everywhere(value: float) -> Callable[[int, int], Known]:
    """Return (n, m) -> 0 at (value, ..., value)."""
    return lambda n, m: Known(0.0, ((value,) * n,))


def by_size(
    known: Mapping[tuple[int, int], Known], otherwise: Known | None = None
) -> Callable[[int, int], Known]:
    """Return (n, m) -> what is published of that size."""
    return lambda n, m: known.get((n, m), otherwise or Known())
