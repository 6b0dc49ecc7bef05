"""Where a method of SciPy meets targets that only evaluations can meet."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.at_target import AtTarget
from ..core.readings import named, zeros
from .evaluator import Evaluator
from .targets import Targets, TargetsReached


class Watch:
    """Evaluates every iterate of a method, in a run that is not timed.

    The timed runs have the same iterates, and end where this one has.

    Args:
        targets: What is to be met.
        evaluate: From an iterate, float64[n], to its values by column.

    Attributes:
        seen: The values of each iterate, by its step.
        end: The step that ends a trial; None if the targets were not reached.
    """

    def __init__(
        self, targets: Targets, evaluate: Callable[[np.ndarray], dict[str, float]]
    ):
        self._targets, self._evaluate = targets, evaluate
        self._reached = TargetsReached(targets)
        self.seen: dict[int, dict[str, float]] = {}
        self.end: int | None = None

    @classmethod
    def of(
        cls, targets: Targets, evaluator: Evaluator, problem: Any, shaped: Callable
    ) -> "Watch":
        """Return a watch that evaluates a problem, at `shaped` iterates."""
        parts = targets.parts._replace(held_out=problem.held_out is not None)

        def evaluate(x: np.ndarray) -> dict[str, float]:
            return evaluator.many(problem, [shaped(x)], [parts])[0].values

        return cls(targets, evaluate)

    def __call__(self, step: int, x: np.ndarray) -> bool:
        """Evaluate an iterate; return whether the last target is reached there."""
        values = self.seen[step] = self._evaluate(x)
        value = values[self._targets.metric.column]
        self._reached.see_evaluation(value)
        for target in self._reached.left():
            if not self._targets.is_met_by(value, target):
                break
            self._reached.add(step, (0.0, True), zeros(), 1)
        if self._reached.all_reached:
            self.end = step
        return self.end is not None

    def is_end(self, step: int, x: np.ndarray) -> bool:
        """Return whether a timed run ends at a step."""
        del x
        return step == self.end

    def at_targets(self, seconds: list[float], readings: np.ndarray) -> list[AtTarget]:
        """Return the targets that a timed run has reached.

        Args:
            seconds: Of the run at each of its iterates.
            readings: int[iterates, kinds], there.
        """
        found = self._reached.reached
        return [
            replace(at, seconds=seconds[step], readings=named(readings[step]))
            for at in found
            if (step := at.steps or 0) < len(seconds)
        ]

    @property
    def reason(self) -> str:
        """Why a trial ends at the last target."""
        first = self._reached.reached[-1].steps or 0
        return self._targets.reason(first, self.end or 0)
