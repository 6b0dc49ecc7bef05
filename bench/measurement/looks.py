"""The stated steps at which a trial is evaluated, and the search between two."""

from fractions import Fraction
from math import ceil, floor, log10
from typing import NamedTuple

import numpy as np

from ..core.spec import Every

FOR_PEOPLE = 8
"""Looks in each decade of steps if an evaluation is only recorded."""
THAT_COUNT = 24
"""Looks in each decade of steps if targets are met by what is evaluated."""
EACH_UP_TO = 1000
"""The step up to which `every_step` looks at every step, if those are the rows."""
WAYS = 16
"""Parts into which a search divides an interval."""


class _Even(NamedTuple):
    """The steps ceil(j * apart), j = 1, 2, ..."""

    apart: Fraction

    def after(self, step: int) -> int:
        place = floor(step / self.apart)
        while (found := ceil(place * self.apart)) <= step:
            place += 1
        return found


class _Growing(NamedTuple):
    """The steps round(10^(j / a_decade)), and even ones where these were too close.

    Attributes:
        a_decade: Steps in each decade.
        apart: The least distance. Up to the step at which the growth gets there, the
            steps are its multiples, after 1, 10, 100, ... if `early`.
        early: Whether there are steps below `apart`.
    """

    a_decade: float
    apart: int = 1
    early: bool = True

    def after(self, step: int) -> int:
        even_up_to = self.apart / (10 ** (1 / self.a_decade) - 1)
        if self.apart > 1 and (found := self._even_after(step)) <= even_up_to:
            return found
        if step < 1:
            return 1
        if self.apart > 1:
            step = max(step, floor(even_up_to))
        place = floor(log10(step) * self.a_decade) - 1
        while (found := round(10 ** (place / self.a_decade))) <= step:
            place += 1
        return found

    def _even_after(self, step: int) -> int:
        found = (step // self.apart + 1) * self.apart
        if not self.early or found > self.apart:
            return found
        powers = (10**power for power in range(len(str(self.apart))))
        return next((power for power in powers if step < power < found), found)


class Looks:
    """The steps of evaluations: the same in every trial and sweep.

    They do not depend on the clock, so that a trial that is repeated is evaluated at
    the same steps.

    Args:
        counted: Whether targets are met by what is evaluated, or rows are evaluations.
        every_step: Whether every step is to be a row.
        every: How far apart they are, if it is stated.
        epoch: Steps in which the training examples are used once.
        apart: The least distance between two, if it is not stated.
    """

    def __init__(
        self,
        counted: bool,
        every_step: bool = False,
        every: Every = Every(),  # noqa: B008 (immutable)
        epoch: Fraction = Fraction(1),
        apart: int = 1,
    ):
        self._each = 0
        if every.steps is not None:
            self._steps = _Even(Fraction(every.steps))
        elif every.epochs is not None:
            self._steps = _Even(Fraction(repr(every.epochs)) * epoch)
        elif every.growth is not None:
            self._steps = _Growing(1 / log10(every.growth))
        else:
            self._steps = _Growing(THAT_COUNT if counted else FOR_PEOPLE, apart)
            self._each = EACH_UP_TO if counted and every_step else 0

    def after(self, step: int) -> int:
        """Return the first look after a step."""
        return step + 1 if step < self._each else self._steps.after(step)

    def between(self, low: int, high: int) -> list[int]:
        """Return the looks in (low, high]; the start is one."""
        found, step = [0] if low < 0 <= high else [], max(low, 0)
        while (step := self.after(step)) <= high:
            found.append(step)
        return found

    def has(self, step: int) -> bool:
        """Return whether a step is a look; the start is one."""
        return step == 0 or self.after(step - 1) == step

    def among(self, steps: np.ndarray) -> np.ndarray:
        """Return for consecutive steps whether each of them is a look."""
        return np.isin(steps, self.between(int(steps[0]) - 1, int(steps[-1])))


class NormLooks:
    """The looks at which the gradient norm is evaluated too.

    They are all looks, unless its cost demands a distance. Then they are those that
    pass a step of `FOR_PEOPLE` in each decade, so far apart.

    Args:
        apart: The least distance.

    Attributes:
        are_all: Whether they are all looks.
    """

    def __init__(self, apart: int = 1):
        self.are_all = apart == 1
        self._steps = _Growing(FOR_PEOPLE, apart, early=False)

    def has(self, step: int, before: int) -> bool:
        """Return whether the look at a step is one, from the look before it."""
        return self.are_all or 0 < self._steps.after(before) <= step


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
