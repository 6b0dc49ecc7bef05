"""How one lane of a sweep goes: its rows, and its end by the rules of a trial."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..planning.spec import Budget
from .chunk import Chunk
from .meter import READINGS, Kind
from .spending import UNLIMITED, Spending
from .targets import NO_TARGET


class Course(NamedTuple):
    """How a lane went, as `n` rows.

    Attributes:
        end: The word with which a trial ends.
        reason: The same in words.
        step: int[n], from 0.
        loss: float[n], at each of these steps.
        readings: int[n, 6], what had been called by then.
    """

    end: str
    reason: str
    step: np.ndarray
    loss: np.ndarray
    readings: np.ndarray

    def to(self, target: float) -> np.ndarray | None:
        """Return the readings, int[6], at the first loss no greater; None for never."""
        reached = np.flatnonzero(self.loss <= target)
        return self.readings[reached[0]] if len(reached) else None


class Under(NamedTuple):
    """What bounds a lane.

    Attributes:
        budget: Of a trial; its seconds bound nothing.
        calls: What it may spend besides, by kind of call.
        target: The loss to reach; -inf for none.
        only_seen: A step's loss is not the one that counts: rows are what was seen.
    """

    budget: Budget
    calls: Mapping[Kind, int]
    target: float
    only_seen: bool


class Walk:
    """A lane on its way."""

    def __init__(self, under: Under):
        self.end = self.reason = ""
        self._under, self._spending = under, Spending(under.budget)
        self._most = np.array([under.calls.get(kind, UNLIMITED) for kind in READINGS])
        self._steps, self._spent = 0, np.zeros(len(READINGS), np.int64)
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def left(self, most: int) -> tuple[int, float, np.ndarray]:
        """Return a chunk's limits: steps, target, readings; no steps at its end."""
        steps = 0 if self.end else min(most, self._spending.steps_left(self._steps))
        readings = np.minimum(
            self._spending.left(self._spent), self._most - self._spent
        )
        target = NO_TARGET if self._under.only_seen else self._under.target
        return steps, target, readings

    def take_in(self, chunk: Chunk, dtype: np.dtype) -> None:
        """Record a chunk; where it ended the lane, the step it took last is undone."""
        (loss, readings), ended = chunk.taken(self._spent, dtype), bool(chunk.ended)
        rows = len(readings) - 1
        steps = self._steps + np.arange(len(loss))
        if not self._under.only_seen:
            self._rows.append((steps, loss, readings[: len(loss)]))
        self._steps, self._spent = self._steps + rows, readings[-1]
        self._spending.look(loss)
        if not ended:
            self.end, self.reason = self._spent_all()
            return
        self.end, self.reason = chunk.why(self._steps, loss[-1])
        if self._under.only_seen and not np.isfinite(loss[-1]):
            self._add(loss[-1])

    def _spent_all(self) -> tuple[str, str]:
        for kind, used, most in zip(READINGS, self._spent, self._most, strict=True):
            if used >= most:
                return "budget", f"{most} {kind}"
        return self._spending.end(self._steps, 0.0, self._spent)

    @property
    def to_be_seen(self) -> bool:
        """Return whether the loss at hand makes a row that no step has written."""
        if self.end in ("", "budget", "stalled"):
            return self._under.only_seen or bool(self.end)
        return False

    def see(self, loss: float) -> None:
        """Add the loss at hand, evaluated over all examples and not counted."""
        self._add(loss)
        if self._under.only_seen and loss <= self._under.target:
            self.end = "target"
            self.reason = f"seen to be reached after {self._steps} steps"

    def _add(self, loss: float) -> None:
        row = (np.array([self._steps]), np.array([loss]), self._spent[None])
        self._rows.append(row)

    def course(self) -> Course:
        """Return how it went."""
        step, loss, readings = (
            np.concatenate(x) for x in zip(*self._rows, strict=True)
        )
        return Course(self.end, self.reason, step, loss, readings)
