"""What a trial may still spend, and when it has spent or tried enough."""

import numpy as np

from ..planning.spec import Budget
from .meter import READINGS

UNLIMITED = 2**31 - 1
NO_LIMITS = (UNLIMITED,) * len(READINGS)
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

    def left(self, spent: np.ndarray) -> tuple[int, ...]:
        """Return the calls that may still be made, in the order of the readings."""
        most = {0: self._budget.forwards, 2: self._budget.gradients}
        return tuple(
            UNLIMITED if most.get(i) is None else max(0, int(most[i] - spent[i]))
            for i in range(len(spent))
        )

    def steps_left(self, steps: int) -> int:
        """Return the steps that may still be taken."""
        most = self._budget.steps
        return UNLIMITED if most is None else most - steps

    def seconds_left(self, seconds: float) -> float:
        """Return the seconds that are left."""
        return self._budget.seconds - seconds

    def look(self, losses: np.ndarray) -> None:
        """Count the steps since the loss last changed."""
        all_losses = np.append(self._last_loss, losses)
        changes = np.flatnonzero(all_losses[1:] != all_losses[:-1])
        if len(changes):
            self._unchanged = len(losses) - 1 - int(changes[-1])
        else:
            self._unchanged += len(losses)
        self._last_loss = all_losses[-1]

    def end(self, steps: int, seconds: float, readings) -> tuple[str, str]:
        """Return the end and its reason; two empty words if the trial goes on."""
        budget = self._budget
        spent = {
            "steps": (steps, budget.steps),
            "gradients": (readings[2], budget.gradients),
            "forward passes": (readings[0], budget.forwards),
            "seconds": (seconds, budget.seconds),
        }
        for word, (used, most) in spent.items():
            if most is not None and used >= most:
                return "budget", f"{most:g} {word}"
        if self._unchanged >= STALLED_AFTER:
            return "stalled", f"the loss is the same since {self._unchanged} steps"
        return "", ""
