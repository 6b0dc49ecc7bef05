"""Time what a device does, keep all other time apart, and size the chunks."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from typing import Any

import jax

from .chunk import ROWS

CHUNK = 0.02
"""Least seconds of a chunk; the host's part is 20 to 60 microseconds."""
SHARE = 0.05
"""Share of the clock so far that a chunk lasts in a long trial, which bounds chunks."""


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
        """`timed`, on the clock."""
        seconds, results = timed(call, *args)
        self.on_clock += seconds
        return seconds, results


class Pace:
    """Seconds a step takes, estimated in the warm-up and again from each chunk."""

    def __init__(self):
        self._seconds_a_step: float | None = None
        self._rehearsals = 0
        self._lasted = 0.0

    def rehearsal(self) -> int | None:
        """Return the steps of the next warm-up chunk; None when the pace is known."""
        enough = self._rehearsals > 1 and self._lasted > CHUNK / 5
        slow = self._rehearsals == 1 and self._lasted > 1
        if enough or slow or self._rehearsals > 5:
            return None
        return 8**self._rehearsals if self._rehearsals > 1 else 1

    def rehearsed(self, seconds: float, steps: int) -> None:
        """Take note of a warm-up chunk."""
        self._rehearsals += 1
        self._lasted = seconds
        self.timed(seconds, steps)

    def timed(self, seconds: float, steps: int) -> None:
        """Take note of a chunk."""
        if steps:
            self._seconds_a_step = seconds / steps

    def steps(self, elapsed: float, left: float) -> int:
        """Return the steps of the next chunk.

        Args:
            elapsed: Seconds on the clock.
            left: Seconds of the budget that are left.
        """
        seconds = min(max(CHUNK, SHARE * elapsed), left)
        if not self._seconds_a_step:
            return 1
        return max(1, min(ROWS, ceil(seconds / self._seconds_a_step)))
