"""A trial of a sweep while it runs: its rows, its limits and its end."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from ..core.metrics import first_reached
from ..core.readings import READINGS, zeros
from ..core.spec import Budget
from .budget import NO_TARGET, Spending
from .clock import Chunk
from .looks import Looks, Search
from .scored import Scored


class SweepTrace(NamedTuple):
    """The trace of a sweep trial, as `n` rows.

    Attributes:
        end: How the trial ended, in one word.
        reason: The sentence that explains the end.
        step: int[n], from 0.
        loss: float[n], at each of these steps; of a metric that the sweep evaluates,
            its values.
        readings: int[n, kinds], before each of these steps.
        last_loss: The training loss of the last step, on its own examples.
    """

    end: str
    reason: str
    step: np.ndarray
    loss: np.ndarray
    readings: np.ndarray
    last_loss: float = np.nan

    def readings_to(self, target: float) -> np.ndarray | None:
        """Return the readings, int[kinds], at the first finite loss no greater."""
        row = first_reached(self.loss, target)
        return None if row is None else self.readings[row]


class SweepBounds(NamedTuple):
    """The limits of a sweep trial.

    Attributes:
        budget: Of a trial; its seconds are ignored.
        calls: Further limits, by kind of call.
        target: The number to reach; -inf for none.
        looks: The steps that are evaluated, if evaluations are the rows and not the
            losses of steps.
        scored: The metric that is evaluated, with the sign with which less is better;
            the trial goes on where it has no finite value.
    """

    budget: Budget
    calls: Mapping[str, int]
    target: float
    looks: Looks | None
    scored: Scored | None = None


class SweepProgress:
    """A sweep trial while it runs.

    Attributes:
        end, reason: As in `SweepTrace`.
        steps: Taken so far.
        spent: int64[kinds], the readings so far.
    """

    def __init__(self, bounds: SweepBounds):
        self.end = self.reason = ""
        self._bounds, self._spending = bounds, Spending(bounds.budget)
        self._most = np.array([bounds.calls.get(kind, 2**62) for kind in READINGS])
        self.steps, self.spent, self._last_loss = 0, zeros(), np.nan
        self._looked = 0, zeros()
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def left(self, most: int) -> tuple[int, float, np.ndarray]:
        """Return a chunk's limits: steps, target, readings; no steps after its end."""
        looks, target = self._bounds.looks, self._bounds.target
        steps = 0 if self.end else min(most, self._spending.steps_left(self.steps))
        if looks is not None:
            steps = min(steps, looks.after(self.steps) - self.steps)
            target = NO_TARGET
        readings = np.minimum(self._spending.left(self.spent), self._most - self.spent)
        return steps, target, readings

    def take_in(self, chunk: Chunk, dtype: np.dtype) -> None:
        """Record a chunk; if it ended the trial, its last step may be undone."""
        (loss, readings), ended = chunk.taken(self.spent, dtype), bool(chunk.ended)
        rows = len(readings) - 1
        steps = self.steps + np.arange(len(loss))
        if self._bounds.looks is None:
            self._rows.append((steps, loss, readings[: len(loss)]))
        self.steps, self.spent = self.steps + rows, readings[-1]
        self._spending.see_losses(loss)
        self._last_loss = float(loss[-1])
        if not ended:
            self.end, self.reason = self._spent_all()
            return
        self.end, self.reason = chunk.why(self.steps, loss[-1])
        if self._bounds.looks is not None and not np.isfinite(loss[-1]):
            self._add(np.nan if self._bounds.scored else loss[-1])

    def _spent_all(self) -> tuple[str, str]:
        for kind, used, most in zip(READINGS, self.spent, self._most, strict=True):
            if used >= most:
                return "budget", f"{most} {kind}"
        return self._spending.end(self.steps, 0.0, self.spent)

    @property
    def needs_evaluation(self) -> bool:
        """Whether the current loss is a row that no step has written."""
        if self.end in ("budget", "stalled"):
            return True
        looks = self._bounds.looks
        return not self.end and looks is not None and looks.has(self.steps)

    def see_evaluation(self, loss: float) -> bool:
        """Add the current number, evaluated off the clock and not counted.

        Returns:
            Whether the trial goes on from here.
        """
        counts = self._bounds.looks is not None
        if self._is_diverged(loss) or (counts and loss <= self._bounds.target):
            self._end(loss)
            return False
        self._add(loss)
        self._looked = self.steps, self.spent
        return True

    def _is_diverged(self, loss: float) -> bool:
        return self._bounds.scored is None and not np.isfinite(loss)

    def _end(self, loss: float) -> None:
        self._add(loss)
        if not self._is_diverged(loss):
            self.end, what = "target", "evaluated at or below the target"
        else:
            self.end, what = "diverged", f"the loss was {loss}"
        self.reason = f"{what} after {self.steps} steps"

    def search(self) -> Search | None:
        """Return the search for the step that ended the trial, if it is not known."""
        low = self._looked[0]
        exact = self._bounds.looks is None or self.end not in ("target", "diverged")
        if exact or (self._bounds.scored and self.end == "diverged"):
            return None
        return Search(low, self.steps) if self.steps - low > 1 else None

    def has_ended(self, loss: float) -> bool:
        """Return whether a loss is one that ends the trial as it ended."""
        if self.end == "target":
            return loss <= self._bounds.target
        return not np.isfinite(loss)

    @property
    def spent_at_look(self) -> np.ndarray:
        """Readings at the last look from which the trial went on."""
        return self._looked[1]

    def end_at(self, step: int, loss: float, spent: np.ndarray) -> None:
        """Replace the last row: the trial had ended at an earlier step."""
        self._rows.pop()
        self.steps, self.spent = step, spent
        self._end(loss)

    def _add(self, loss: float) -> None:
        row = (np.array([self.steps]), np.array([loss]), self.spent[None])
        self._rows.append(row)

    def trace(self) -> SweepTrace:
        """Return the trace."""
        step, loss, readings = (
            np.concatenate(x) for x in zip(*self._rows, strict=True)
        )
        if self._bounds.scored is not None:
            loss = self._bounds.scored.signed(loss)
        rows = (step, loss, readings)
        return SweepTrace(self.end, self.reason, *rows, self._last_loss)
