"""Deadlines: how long a worker may show no sign of life.

Its signs of life are the messages that it sends between chunks, off the clock. Nothing
in it sends others, because what wakes during a chunk disturbs what is timed. Its CPU
time is read by the parent instead, from outside, which costs the worker nothing, and
only once a silence is long.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..core.readings import zeros
from ..core.spec import Spec
from ..measurement.budget import Spending

GRACE = 20.0
"""CPU seconds a worker gets beyond its deadline, for work off the clock."""
FLOOR = 30.0
"""Wall seconds of silence within which no worker is ended."""
PATIENCE = 3.0
"""Wall seconds of silence for each CPU second of a deadline, beyond the floor."""
FIRST_LOOK = 1.0
"""Wall seconds of silence after which CPU time is read; CPU time before is free."""

Threads = Callable[[], Mapping[int, float]]
"""Returns the CPU seconds of each thread of a worker, by the thread's number."""


class Overdue(NamedTuple):
    """A silence that is too long.

    Attributes:
        why: One sentence.
        own: Whether the worker has used its deadline in CPU time. If not, it slept or
            got no processor, for which the machine may be the reason.
    """

    why: str
    own: bool


class Watch:
    """Computes from a worker's messages and CPU time whether it must be ended.

    A silence is too long after more than `FLOOR` wall seconds, if in it

        the busiest thread used more than deadline + GRACE of CPU time, or
        it lasts longer than FLOOR + PATIENCE (deadline + GRACE).

    The busiest thread stands for the wall time that the work takes on an idle machine;
    the CPU time of all threads together may exceed it.

    Args:
        spec: The trial that the worker runs.
        certificate_seconds: What a certificate may take.

    Attributes:
        snapshot: The trial's record and trace, as last received.
    """

    def __init__(self, spec: Spec, certificate_seconds: float = 0.0):
        self._budget = spec.budget
        self._certificate_seconds = certificate_seconds
        self._spending = Spending(spec.budget)
        self._spent: dict[str, Any] = {}
        self.snapshot: dict[str, Any] = {}
        self._enter("prepare")

    def _enter(self, phase: str) -> None:
        self._phase, self._since = phase, time.monotonic()
        self._before: Mapping[int, float] | None = None
        self._next_look = FIRST_LOOK

    def see(self, message: dict[str, Any]) -> None:
        """Process a message."""
        if message["event"] == "snapshot":
            self.snapshot = message
            return
        self._enter(message["event"])
        self._spent = message

    def overdue(self, threads: Threads) -> Overdue | None:
        """Return why the worker must be ended, or None.

        Args:
            threads: Called only when the answer may depend on it.
        """
        silent = time.monotonic() - self._since
        if silent < self._next_look:
            return None
        if self._before is None:
            self._before = threads()
        deadline = self._deadline() + GRACE
        used = _busiest(self._before, threads()) if silent > FLOOR else 0.0
        if silent > FLOOR and used > deadline:
            return Overdue(self._words(f"{used:.1f} s of CPU time"), own=True)
        if silent > FLOOR + PATIENCE * deadline:
            words = self._words(f"{silent:.0f} s, with {used:.1f} s of CPU time")
            return Overdue(words, own=False)
        # A thread uses at most one CPU second in a second.
        self._next_look = max(FLOOR, silent + max(FIRST_LOOK, deadline - used))
        self._next_look = min(self._next_look, FLOOR + PATIENCE * deadline)
        return None

    def _deadline(self) -> float:
        if self._phase in ("clock", "chunk"):
            return max(0.0, self._budget.seconds - self._spent.get("seconds", 0.0))
        if self._phase == "certify":
            return self._certificate_seconds
        return self._budget.compile_seconds

    def _words(self, silence: str) -> str:
        if self._phase in ("clock", "chunk"):
            return f"no progress after {self._spent.get('steps', 0)} steps in {silence}"
        if self._phase == "certify":
            return f"no certificate within {self._certificate_seconds:g} s"
        return f"not compiled in {silence}"

    def share(self) -> float:
        """Return the largest share of any limit of the budget that is spent."""
        spent = self._spent
        steps, seconds = spent.get("steps", 0), spent.get("seconds", 0.0)
        return self._spending.share(steps, seconds, spent.get("readings", zeros()))


def _busiest(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    """Return the most CPU seconds that one thread has used in between."""
    used = (cpu - before.get(thread, 0.0) for thread, cpu in after.items())
    return max(used, default=0.0)
