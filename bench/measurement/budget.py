"""The budget of a trial, the losses that end it, and when it ends."""

from collections.abc import Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import numpy as np

from ..config.targets import NO_OPTIMUM
from ..core.costs import Prices
from ..core.readings import COUNT, READINGS
from ..core.spec import LIMITS, Budget, Target

NO_TARGET = float("-inf")


def target_losses(
    target: Target | None,
    optimum: float | None,
    dtype: str,
    first: float | None = None,
) -> list[float]:
    """Return the losses that a target stands for, the greatest first.

    f* + max(suboptimality, 10 u max(1, |f*|)): below that, rounding decides whether it
    is reached. A relative suboptimality τ stands for τ (f_0 - f*).

    Args:
        target: Losses, or suboptimalities; values of another metric are no losses.
        optimum: f*, the certified least loss.
        dtype: Its unit roundoff is u.
        first: f_0, the loss at the start of seed 0, for a relative suboptimality.

    Raises:
        ValueError: The target is a suboptimality and no optimum is certified.
    """
    if target is None or target.metric:
        return []
    if not target.needs_optimum:
        return sorted(listed(target.loss), reverse=True)
    if optimum is None:
        raise ValueError(NO_OPTIMUM)
    floor = rounding(optimum, dtype)
    gaps = listed(target.suboptimality)
    if target.relative_suboptimality is not None:
        assert first is not None
        gaps = [t * (first - optimum) for t in listed(target.relative_suboptimality)]
    gaps = sorted(gaps, reverse=True)
    return [optimum + max(gap, floor) for gap in gaps]


def last(losses: Sequence[float]) -> float:
    """Return the least target loss, which ends a trial; -inf for none."""
    return losses[-1] if losses else NO_TARGET


def rounding(loss: float, dtype: str) -> float:
    """Return 10 u max(1, |loss|), below which differences of losses are rounding."""
    return 10 * float(np.finfo(dtype).eps) / 2 * max(1.0, abs(loss))


def listed(value: float | Sequence[float] | None) -> list[float]:
    """Return the values of a target: none, one or several."""
    if value is None:
        return []
    return [value] if isinstance(value, float | int) else list(value)


UNLIMITED = 2**31 - 1
"""The most that a counter of 32 bits holds, such as that of a trial's steps."""
NO_LIMITS = (2**30,) * COUNT
"""Most calls of a chunk, of each kind: its counters are of 32 bits."""
STALLED_AFTER = 10_000
"""Steps in a row without a change of the loss after which a trial ends `stalled`.

Gradients may be accumulated over fewer steps: until the first update nothing tells an
optimizer that accumulates them from one that has stopped.
"""


class Spending:
    """A trial's budget, and how long its loss has not changed.

    Args:
        budget: Its budget.
        prices: Nominal prices of the problem's calls, for a limit on all of them.
    """

    def __init__(self, budget: Budget, prices: Prices | None = None):
        self._budget = replace(budget, steps=min(budget.steps or UNLIMITED, UNLIMITED))
        self._prices = np.array([(prices or {}).get(kind, 0.0) for kind in READINGS])
        self._unchanged, self._last_loss = 0, np.nan

    def left(self, readings: np.ndarray) -> tuple[int, ...]:
        """Return the remaining calls, in the order of the readings."""
        left: list[int] = list(NO_LIMITS)
        for limit in LIMITS:
            most = self._budget.most(limit)
            if limit.kind and most is not None:
                place = READINGS.index(limit.kind)
                left[place] = max(0, min(left[place], int(most - readings[place])))
        if (most := self._budget.forward_equivalents) is not None:
            cost_left = max(0.0, most - self.cost(readings))
            for place in np.flatnonzero(self._prices):
                calls = ceil(cost_left / self._prices[place])
                left[place] = min(left[place], calls)
        return tuple(left)

    def cost(self, readings: np.ndarray) -> Any:
        """Return float[...], the nominal cost of readings, int[..., kinds]."""
        return readings @ self._prices

    def steps_within(self, readings: np.ndarray) -> int:
        """Return the steps after which all calls together have spent their limit.

        Args:
            readings: int[n + 1, kinds], before each of n steps and after all.

        Returns:
            At most n.
        """
        steps, most = len(readings) - 1, self._budget.forward_equivalents
        spent = [] if most is None else np.flatnonzero(self.cost(readings) >= most)
        return min(steps, int(spent[0])) if len(spent) else steps

    def steps_left(self, steps: int) -> int:
        """Return the remaining steps, to the budget or until the trial may stall.

        A chunk of no more ends at the step that stalls, whatever the clock says.
        """
        most = self._budget.steps
        assert most is not None
        return min(STALLED_AFTER - self._unchanged, most - steps)

    def seconds_left(self, seconds: float) -> float:
        """Return the remaining seconds."""
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
            return "stalled", f"the loss has not changed for {self._unchanged:,} steps"
        return "", ""

    def share(self, steps: int, seconds: float, readings: np.ndarray) -> float:
        """Return the largest share of any limit of the budget that is spent."""
        used = self._used(steps, seconds, readings)
        return min(1.0, max(spent / most for _, spent, most in used if most))

    def _used(self, steps: int, seconds: float, readings: np.ndarray):
        """Yield each limit: its name in words, the amount spent, and its value."""
        for limit in LIMITS:
            used = readings[READINGS.index(limit.kind)] if limit.kind else steps
            yield limit.words, used, self._budget.most(limit)
        yield "seconds", seconds, self._budget.seconds
        most = self._budget.forward_equivalents
        if self._prices.any():
            yield "forward-pass equivalents", float(self.cost(readings)), most
