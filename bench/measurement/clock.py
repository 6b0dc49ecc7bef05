"""Time the device's work separately from all else, and choose the size of chunks."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any

import jax

from .chunk import ROWS

CHUNK = 0.02
"""Least seconds of a chunk; the host takes 20 to 60 microseconds of it."""
SHARE = 0.05
"""Seconds of a chunk in a long trial, as a share of the clock so far."""


def timed(call: Callable, *args: Any) -> tuple[float, Any]:
    """Return the seconds from dispatch to finished results, and the results."""
    start = time.perf_counter()
    results = jax.block_until_ready(call(*args))
    return time.perf_counter() - start, results


@dataclass
class Ledger:
    """The parts of a trial's wall time, in seconds, each measured separately.

    Attributes:
        on_clock: Steps of the trial proper.
        compiling: Tracing, lowering and compiling.
        off_clock: Everything else: warm-up, replays, evaluation.
    """

    on_clock: float = 0.0
    compiling: float = 0.0
    off_clock: float = 0.0

    @contextmanager
    def enter(self, entry: str) -> Iterator[None]:
        """Add the time of the block to `entry`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - start
            setattr(self, entry, getattr(self, entry) + seconds)

    def time(self, call: Callable, *args: Any) -> tuple[float, Any]:
        """Time a call as `timed` does, on the clock."""
        seconds, results = timed(call, *args)
        self.on_clock += seconds
        return seconds, results


class Pace:
    """The seconds of a step, estimated in the warm-up and from each chunk."""

    def __init__(self):
        self._seconds_a_step: float | None = None
        self._rehearsals = 0
        self._lasted = 0.0

    def rehearsal(self) -> int | None:
        """Return the steps of the next warm-up chunk; None if the estimate is good."""
        enough = self._rehearsals > 1 and self._lasted > CHUNK / 5
        slow = self._rehearsals == 1 and self._lasted > 1
        if enough or slow or self._rehearsals > 5:
            return None
        return 8**self._rehearsals if self._rehearsals > 1 else 1

    def rehearsed(self, seconds: float, steps: int) -> None:
        """Update the estimate from a warm-up chunk."""
        self._rehearsals += 1
        self._lasted = seconds
        self.timed(seconds, steps)

    def timed(self, seconds: float, steps: int) -> None:
        """Update the estimate from a chunk."""
        if steps:
            self._seconds_a_step = seconds / steps

    def steps(self, elapsed: float, left: float) -> int:
        """Return the steps of the next chunk.

        Args:
            elapsed: Seconds on the clock.
            left: Remaining seconds of the budget.
        """
        seconds = min(max(CHUNK, SHARE * elapsed), left)
        if not self._seconds_a_step:
            return 1
        return max(1, min(ROWS, ceil(seconds / self._seconds_a_step)))
