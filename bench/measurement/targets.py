"""The targets of a trial, and when it has reached each of them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..core.at_target import AtTarget
from ..core.metrics import (
    HELD_OUT,
    TRAINING_LOSS,
    X_DISTANCE,
    Metric,
    first_reached,
    metric,
)
from ..core.readings import named
from ..core.spec import Target
from .budget import NO_TARGET, last, listed, target_losses
from .evaluator import Evaluation, Parts


class Targets(NamedTuple):
    """What a trial must reach: some values of one metric.

    Attributes:
        values: The easiest first; the last one ends the trial.
        metric: What they are values of.
        kept: For how many successive evaluations a value must stay reached.
        dtype: That in which metrics are computed: 342 of 360 is 0.95 in it.
    """

    values: tuple[float, ...] = ()
    metric: Metric = TRAINING_LOSS
    kept: int = 1
    dtype: str = "float32"

    @classmethod
    def of(
        cls,
        target: Target | None,
        optimum: float | None,
        dtype: str,
        first: float | None = None,
    ) -> "Targets":
        """Return the targets of a spec.

        Args:
            target: Of the spec.
            optimum: The certified least loss, which a suboptimality needs.
            dtype: Of the params.
            first: The loss at the start of seed 0, which a relative one needs too.

        Raises:
            ValueError: As `target_losses`.
        """
        if target is None or not target.metric:
            losses = target_losses(target, optimum, dtype, first)
            return cls(tuple(losses), kept=1 if target is None else target.kept)
        high = target.higher_is_better
        of = metric(target.metric, "above" if high else "below")
        values = sorted(listed(target.value), reverse=not high)
        return cls(tuple(values), of, target.kept, dtype)

    @property
    def column(self) -> str:
        """The column of the metric in a record; empty for the training loss."""
        return "" if self.metric.is_training_loss else self.metric.column

    @property
    def evaluated(self) -> bool:
        """Whether only evaluations can meet them, and not the losses of steps."""
        return bool(self.values) and (self.kept > 1 or bool(self.column))

    @property
    def loss(self) -> float:
        """The loss at which a step ends the trial; -inf for none."""
        return NO_TARGET if self.evaluated else last(self.values)

    def is_met(self, seen: Evaluation, target: float) -> bool:
        """Return whether an evaluation is at one of the targets or beyond it."""
        return self.is_met_by(seen.values[self.metric.column], target)

    def is_met_by(self, value: float, target: float) -> bool:
        """Return whether a value of the metric is at a target or beyond it."""
        if self.column:
            target = float(np.dtype(self.dtype).type(target))
        return self.metric.is_met(value, target)

    @property
    def parts(self) -> Parts:
        """What has to be evaluated to tell whether one is met."""
        of_loss = self.metric.is_training_loss
        held_out = self.metric.split == HELD_OUT
        train = not (of_loss or held_out or self.metric.column == X_DISTANCE)
        return Parts(of_loss, False, held_out, train)

    def reason(self, first: int, last: int) -> str:
        """Return why a trial has ended at its target.

        Args:
            first: The step that met it.
            last: The step at which it had been kept for long enough.
        """
        side = "above" if self.metric.higher_is_better else "below"
        what = f"{self.column} evaluated" if self.column else "evaluated"
        words = f"{what} at or {side} the target after {first} steps"
        kept = f", and kept there for {self.kept} evaluations, up to {last} steps"
        return words + kept if self.kept > 1 else words


class TargetsReached:
    """The cost of a trial up to its first step at each of several targets or beyond.

    A target that must be kept is reached only once it was; until then it may be lost
    again.

    Args:
        targets: The targets.
    """

    def __init__(self, targets: Targets):
        self._targets = targets
        self._found: list[AtTarget] = []
        self._kept: list[int] = []  # evaluations that each was kept for

    @property
    def reached(self) -> list[AtTarget]:
        """The targets that were reached and kept, in their order."""
        pairs = zip(self._found, self._kept, strict=True)
        return [at for at, kept in pairs if kept >= self._targets.kept]

    @property
    def all_reached(self) -> bool:
        """Whether there are targets, and none is left."""
        values = self._targets.values
        return bool(values) and len(self.reached) == len(values)

    def left(self) -> list[float]:
        """Return the targets that have not been met, the easiest first."""
        return list(self._targets.values[len(self._found) :])

    def see_chunk(
        self,
        step: int,
        losses: np.ndarray,
        readings: np.ndarray,
        clock: Callable[[int], tuple[float, bool]],
    ) -> None:
        """Record the target losses that the steps of a chunk reached.

        Args:
            step: The step of its first row.
            losses: float[n], before each of its steps.
            readings: int[n + 1, kinds], before each step, over the whole trial.
            clock: From a step to its seconds, and whether they were measured.
        """
        for target in self.left():
            if (row := first_reached(losses, target)) is None:
                return
            self.add(step + row, clock(step + row), readings[row])

    def see_evaluation(self, value: float) -> None:
        """Count an evaluation for the targets that are met and not yet kept."""
        for place, at in enumerate(self._found):
            if self._kept[place] >= self._targets.kept:
                continue
            if not self._targets.is_met_by(value, at.value):
                del self._found[place:], self._kept[place:]
                return
            self._kept[place] += 1

    def add(
        self,
        step: int,
        clock: tuple[float, bool],
        readings: np.ndarray,
        resolution: int | None = None,
    ) -> None:
        """Record that the next target was met, at an evaluation.

        Args:
            step: The first step at it or beyond.
            clock: Its seconds, and whether they were measured.
            readings: int[kinds], before this step.
            resolution: See `AtTarget`.
        """
        seconds, measured = clock
        if self._found:  # timed separately: noise must not swap the order
            seconds = max(seconds, self._found[-1].seconds or 0.0)
        target, column = self.left()[0], self._targets.column
        spent = (step, seconds, named(readings), measured, resolution)
        self._found.append(AtTarget(target, *spent, column))
        self._kept.append(1)

    def forget_from(self, step: int) -> None:
        """Drop the targets that were met at a step or later."""
        count = sum((at.steps or 0) < step for at in self._found)
        del self._found[count:], self._kept[count:]
