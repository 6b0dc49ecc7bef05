"""The trace of one trial of a sweep, and its end by the rules of a trial."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..core.readings import READINGS, zeros
from ..core.spec import Budget
from .budget import UNLIMITED, Spending
from .chunk import Chunk
from .targets import NO_TARGET


class SweepTrace(NamedTuple):
    """How a trial of a sweep went, as `n` rows.

    Attributes:
        end: The word with which a trial ends.
        reason: The same in words.
        step: int[n], from 0.
        loss: float[n], at each of these steps.
        readings: int[n, kinds], what had been called by then.
    """

    end: str
    reason: str
    step: np.ndarray
    loss: np.ndarray
    readings: np.ndarray

    def readings_to(self, target: float) -> np.ndarray | None:
        """Return the readings, int[kinds], at the first loss no greater, if any."""
        reached = np.flatnonzero(self.loss <= target)
        return self.readings[reached[0]] if len(reached) else None


class SweepBounds(NamedTuple):
    """What bounds a trial of a sweep.

    Attributes:
        budget: Of a trial; its seconds bound nothing.
        calls: What it may spend besides, by kind of call.
        target: The loss to reach; -inf for none.
        evaluated: A step's own loss does not count: rows are evaluations.
    """

    budget: Budget
    calls: Mapping[str, int]
    target: float
    evaluated: bool


class SweepProgress:
    """A trial of a sweep while it goes on."""

    def __init__(self, bounds: SweepBounds):
        self.end = self.reason = ""
        self._bounds, self._spending = bounds, Spending(bounds.budget)
        self._most = np.array([bounds.calls.get(kind, UNLIMITED) for kind in READINGS])
        self._steps, self._spent = 0, zeros()
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def left(self, most: int) -> tuple[int, float, np.ndarray]:
        """Return a chunk's limits: steps, target, readings; no steps at its end."""
        steps = 0 if self.end else min(most, self._spending.steps_left(self._steps))
        readings = np.minimum(
            self._spending.left(self._spent), self._most - self._spent
        )
        target = NO_TARGET if self._bounds.evaluated else self._bounds.target
        return steps, target, readings

    def take_in(self, chunk: Chunk, dtype: np.dtype) -> None:
        """Record a chunk; where it ended the trial, the step it took last is undone."""
        (loss, readings), ended = chunk.taken(self._spent, dtype), bool(chunk.ended)
        rows = len(readings) - 1
        steps = self._steps + np.arange(len(loss))
        if not self._bounds.evaluated:
            self._rows.append((steps, loss, readings[: len(loss)]))
        self._steps, self._spent = self._steps + rows, readings[-1]
        self._spending.see_losses(loss)
        if not ended:
            self.end, self.reason = self._spent_all()
            return
        self.end, self.reason = chunk.why(self._steps, loss[-1])
        if self._bounds.evaluated and not np.isfinite(loss[-1]):
            self._add(loss[-1])

    def _spent_all(self) -> tuple[str, str]:
        for kind, used, most in zip(READINGS, self._spent, self._most, strict=True):
            if used >= most:
                return "budget", f"{most} {kind}"
        return self._spending.end(self._steps, 0.0, self._spent)

    @property
    def needs_evaluation(self) -> bool:
        """Whether the loss at hand makes a row that no step has written."""
        if self.end in ("", "budget", "stalled"):
            return self._bounds.evaluated or bool(self.end)
        return False

    def see_evaluation(self, loss: float) -> None:
        """Add the loss at hand, evaluated over all examples and not counted."""
        self._add(loss)
        if self._bounds.evaluated and loss <= self._bounds.target:
            self.end = "target"
            self.reason = f"evaluated at or below the target after {self._steps} steps"

    def _add(self, loss: float) -> None:
        row = (np.array([self._steps]), np.array([loss]), self._spent[None])
        self._rows.append(row)

    def trace(self) -> SweepTrace:
        """Return how it went."""
        step, loss, readings = (
            np.concatenate(x) for x in zip(*self._rows, strict=True)
        )
        return SweepTrace(self.end, self.reason, step, loss, readings)
