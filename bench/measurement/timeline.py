"""The seconds and the readings of a trial at its steps, as chunks have given them."""

from bisect import bisect_left
from collections import deque
from typing import NamedTuple

import numpy as np

from ..core.readings import zeros


class Span(NamedTuple):
    """The chunk that a step lies in: its first step, and seconds before and after."""

    began: int
    before: float
    after: float


class _Packed(NamedTuple):
    """The readings before each of the n steps of a chunk and after them.

    There may be a hundred million steps between two evaluations. Most kinds of call are
    made equally often in each of them, and need no array.

    Attributes:
        first: The first step.
        start, each: int64[kinds], before the first step, and what each step adds.
        varying: The kinds of which steps add different numbers.
        counts: int64[n + 1, varying], their readings.
    """

    first: int
    start: np.ndarray
    each: np.ndarray
    varying: np.ndarray
    counts: np.ndarray

    @classmethod
    def of(cls, first: int, readings: np.ndarray) -> "_Packed":
        """Pack int64[n + 1, kinds]."""
        added = np.diff(readings, axis=0)
        each = added[0] if len(added) else zeros()
        varying = np.flatnonzero((added != each).any(axis=0))
        rows = readings[0].copy(), each.copy()
        return cls(first, *rows, varying, readings[:, varying])

    @property
    def last(self) -> int:
        """The step after the last one."""
        return self.first + len(self.counts) - 1

    def at(self, step: int) -> np.ndarray:
        """Return int64[kinds], the readings before a step."""
        place = step - self.first
        readings = self.start + place * self.each
        readings[self.varying] = self.counts[place]
        return readings


class Timeline:
    """Steps and seconds at the ends of chunks, and readings since a stated step."""

    def __init__(self) -> None:
        self._clock = [(0, 0.0)]
        self._readings = deque([_Packed.of(0, zeros()[None])])

    def add(
        self, first: int, readings: np.ndarray, seconds: float, needed_from: int
    ) -> None:
        """Add a chunk.

        Args:
            first: Its first step.
            readings: int64[n + 1, kinds], before each of its n steps and after them.
            seconds: Of the trial at its end.
            needed_from: Readings before this step are dropped.
        """
        chunk = _Packed.of(first, readings)
        self._clock.append((chunk.last, seconds))
        while self._readings and self._readings[0].last < needed_from:
            self._readings.popleft()
        self._readings.append(chunk)

    def readings_at(self, step: int) -> np.ndarray:
        """Return int64[kinds], the readings before a step."""
        return next(x for x in reversed(self._readings) if x.first <= step).at(step)

    def read_at(self, step: int) -> float | None:
        """Return the seconds to a step if the clock was read there."""
        end, seconds = self._clock[bisect_left(self._clock, (step,))]
        return seconds if end == step else None

    def around(self, step: int) -> Span:
        """Return the chunk in which a step lies at which the clock was not read."""
        end = bisect_left(self._clock, (step,))
        (began, before), (_, after) = self._clock[end - 1 : end + 1]
        return Span(began, before, after)

    def before(self, step: int) -> tuple[int, float]:
        """Return the last step before one at which the clock was read; its seconds."""
        return self._clock[max(0, bisect_left(self._clock, (step,)) - 1)]

    def interpolated(self, step: int) -> tuple[float, bool]:
        """Return the seconds to a step between two readings of the clock.

        They are measured only at its last reading.
        """
        steps, clock = zip(*self._clock, strict=True)
        seconds = float(np.interp(step, steps, clock))
        return seconds, (step, seconds) in self._clock[-1:]
