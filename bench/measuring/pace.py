"""How many steps the next chunk takes, so that the host's part of it is noise."""

from math import ceil

from .chunk import ROWS

CHUNK = 0.02
"""Least seconds of a chunk; the host's part is 20 to 60 microseconds."""
SHARE = 0.05
"""Share of the clock so far that a chunk lasts in a long trial, which bounds chunks."""


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
