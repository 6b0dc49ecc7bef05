"""The stated steps at which a trial is evaluated, and the search between two."""

from math import ceil, floor, log10

import numpy as np

FOR_PEOPLE = 8
"""Looks in each decade of steps if an evaluation is only recorded."""
THAT_COUNT = 24
"""Looks in each decade of steps if targets are met by the evaluated loss."""
EACH_UP_TO = 1000
"""The step up to which `every_step` looks at every step, if those are the rows."""
WAYS = 16
"""Parts into which a search divides an interval."""


class Looks:
    """The steps round(10^(j / n)), j = 0, 1, ...: the same in every trial and sweep.

    They do not depend on the clock, so that a trial that is repeated is evaluated at
    the same steps.

    Args:
        counted: Whether targets are met by the evaluated loss.
        every_step: Whether every step is to be a row.
    """

    def __init__(self, counted: bool, every_step: bool = False):
        self._a_decade = THAT_COUNT if counted else FOR_PEOPLE
        self._each = EACH_UP_TO if counted and every_step else 0

    def after(self, step: int) -> int:
        """Return the first look after a step."""
        if step < max(1, self._each):
            return step + 1
        power = floor(log10(step) * self._a_decade) - 1
        while (look := self._look(power)) <= step:
            power += 1
        return look

    def between(self, low: int, high: int) -> list[int]:
        """Return the looks in (low, high]."""
        found, step = [], low
        while (step := self.after(step)) <= high:
            found.append(step)
        return found

    def has(self, step: int) -> bool:
        """Return whether a step is a look; the start is one."""
        return step == 0 or self.after(step - 1) == step

    def among(self, steps: np.ndarray) -> np.ndarray:
        """Return for consecutive steps whether each of them is a look."""
        first, last = int(steps[0]), int(steps[-1])
        return np.isin(steps, self.between(first - 1, last)) | (steps == 0)

    def _look(self, power: int) -> int:
        return round(10 ** (power / self._a_decade))


class Search:
    """Finds the first step in (low, high] that has something, by few evaluations.

    An interval is divided into `WAYS` parts, whose ends are evaluated in order; the
    first part whose end has it is divided again, until the step before does not have
    it. That takes at most `WAYS` log(high - low) / log(WAYS) evaluations. Steps that
    have it for less than a part of the interval, and lose it again, can be missed.

    Args:
        low: A step that does not have it.
        high: A step that has it.

    Attributes:
        low, high: The interval that is left; at the end `high` is the step.
    """

    def __init__(self, low: int, high: int):
        self.low, self.high = low, high

    def points(self) -> list[int]:
        """Return the next steps to evaluate, in order; none at the end."""
        if self.high - self.low <= 1:
            return []
        part = ceil((self.high - self.low) / WAYS)
        return list(range(self.low + part, self.high, part))

    def see(self, step: int, has_it: bool) -> None:
        """Take a point into account, in order up to the first that has it."""
        if has_it:
            self.high = step
        else:
            self.low = step
