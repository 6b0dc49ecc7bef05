"""The load of other processes on the processors that this process may use."""

import time
from collections import deque
from contextlib import suppress
from math import inf
from typing import NamedTuple

import psutil

from ..store.environment import usable_processors

WINDOW = 1.0
"""Least seconds over which the load is measured: a kernel counts it in steps of 10 ms
on each processor."""
RECENT = 5.0
"""Most seconds before a trial over which the load is measured: what ran while its
worker was made ready, or idle, is no part of it."""


class _Reading(NamedTuple):
    at: float
    busy: float  # seconds of all processors
    own: float  # seconds of this process and of its parent


class Others:
    """Measures the load of processes other than this one and its parent.

    load = (busy seconds of the processors - own CPU seconds) / seconds

    The first measurement reaches back to when this was made.
    """

    def __init__(self):
        self._parent = psutil.Process().parent()
        self._readings: deque[_Reading] = deque()
        self.cores()

    def cores(self, longest: float = inf) -> float | None:
        """Return how many processors others kept busy in the last second or more.

        Args:
            longest: Seconds before which the load does not matter.

        Returns:
            The mean since the last call that is at least `WINDOW` seconds ago; None if
            there is none that is recent enough, or the system does not tell.
        """
        try:
            now = self._read()
        except (OSError, psutil.Error, NotImplementedError):
            return None
        while len(self._readings) > 1 and now.at - self._readings[1].at >= WINDOW:
            self._readings.popleft()
        while self._readings and now.at - self._readings[0].at > longest:
            self._readings.popleft()
        self._readings.append(now)
        first = self._readings[0]
        if now.at - first.at < WINDOW / 2:  # too short for the kernel's steps
            return None
        load = now.busy - first.busy - (now.own - first.own)
        return max(0.0, load) / (now.at - first.at)

    def _read(self) -> _Reading:
        own = time.process_time()
        with suppress(psutil.Error):
            if self._parent is not None:
                parent = self._parent.cpu_times()
                own += parent.user + parent.system
        return _Reading(time.monotonic(), _busy(), own)


def _busy() -> float:
    """Return the seconds that the usable processors have worked, for anybody."""
    each = psutil.cpu_times(percpu=True)
    usable = usable_processors()
    kept = [t for place, t in enumerate(each) if place in usable] or each
    return sum(_worked(times) for times in kept)


def _worked(times) -> float:
    """Return the seconds that a processor was not idle; guests are part of `user`."""
    left_out = ("idle", "iowait", "guest", "guest_nice")
    return sum(s for name, s in times._asdict().items() if name not in left_out)
