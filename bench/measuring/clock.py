"""Time what a device does, and keep the time of everything else apart."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jax


def timed(call: Callable, *args: Any) -> tuple[float, Any]:
    """Return the seconds from dispatch until the results are there, and the results."""
    start = time.perf_counter()
    results = jax.block_until_ready(call(*args))
    return time.perf_counter() - start, results


@dataclass
class Ledger:
    """Where a trial's wall time went, in seconds; each entry is measured by itself.

    Attributes:
        on_clock: Steps of the trial proper.
        compiling: Tracing, lowering and compiling.
        off_clock: Everything else: warm-up, replays, evaluations for people.
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
