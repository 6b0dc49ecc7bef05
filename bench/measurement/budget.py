"""What a trial may still spend, and when it has spent enough or has stalled."""

import numpy as np

from ..core.readings import COUNT, READINGS
from ..core.spec import LIMITS, Budget

UNLIMITED = 2**31 - 1
NO_LIMITS = (UNLIMITED,) * COUNT
"""Of a chunk that may make any call as often as it likes."""
STALLED_AFTER = 1000
"""Steps without any change of the loss after which a trial has stalled."""


class Spending:
    """A trial's budget, and how long its loss has not changed.

    Args:
        budget: What it may spend.
    """

    def __init__(self, budget: Budget):
        self._budget = budget
        self._unchanged, self._last_loss = 0, np.nan

    def left(self, readings: np.ndarray) -> tuple[int, ...]:
        """Return the calls that may still be made, in the order of the readings."""
        left: list[int] = list(NO_LIMITS)
        for limit in LIMITS:
            most = self._budget.most(limit)
            if limit.kind and most is not None:
                place = READINGS.index(limit.kind)
                left[place] = max(0, int(most - readings[place]))
        return tuple(left)

    def steps_left(self, steps: int) -> int:
        """Return the steps that may still be taken."""
        most = self._budget.steps
        return UNLIMITED if most is None else most - steps

    def seconds_left(self, seconds: float) -> float:
        """Return the seconds that are left."""
        return self._budget.seconds - seconds

    def see_losses(self, losses: np.ndarray) -> None:
        """Count the steps since the loss last changed."""
        all_losses = np.append(self._last_loss, losses)
        changes = np.flatnonzero(all_losses[1:] != all_losses[:-1])
        if len(changes):
            self._unchanged = len(losses) - 1 - int(changes[-1])
        else:
            self._unchanged += len(losses)
        self._last_loss = all_losses[-1]

    def end(self, steps: int, seconds: float, readings: np.ndarray) -> tuple[str, str]:
        """Return the end and its reason; two empty words if the trial goes on."""
        for words, used, most in self._used(steps, seconds, readings):
            if most is not None and used >= most:
                return "budget", f"{most:g} {words}"
        if self._unchanged >= STALLED_AFTER:
            return "stalled", f"the loss has not changed for {self._unchanged} steps"
        return "", ""

    def share(self, steps: int, seconds: float, readings: np.ndarray) -> float:
        """Return the largest share that is spent of any part of the budget."""
        used = self._used(steps, seconds, readings)
        return min(1.0, max(spent / most for _, spent, most in used if most))

    def _used(self, steps: int, seconds: float, readings: np.ndarray):
        """Yield what is bounded, in words, what is used of it, and its bound."""
        for limit in LIMITS:
            used = readings[READINGS.index(limit.kind)] if limit.kind else steps
            yield limit.words, used, self._budget.most(limit)
        yield "seconds", seconds, self._budget.seconds
