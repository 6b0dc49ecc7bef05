"""Which loss of a trial counts: that of each step, or one evaluated afterwards."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.readings import READINGS
from ..core.records import AtTarget
from .targets import NO_TARGET, TargetsReached, last
from .trace import Trace

EVALUATIONS_A_DECADE = 8
MOST_EVALUATIONS = 1000
"""Steps evenly spread that are evaluated where every step is asked for."""

End = tuple[str, str]
GOES_ON: End = ("", "")


class StepLosses:
    """The loss of each step counts: of all examples, at the optimizer's answer.

    Args:
        targets: The losses to reach, the greatest first.

    Attributes:
        program_target: The loss at which the compiled steps stop.
        evaluate_every_chunk: Whether each chunk is followed by an evaluation.
        rows_need_evaluation: Whether only evaluated steps are rows of the trace.
    """

    evaluate_every_chunk = False
    rows_need_evaluation = False

    def __init__(self, targets: Sequence[float]):
        self.program_target = last(targets)
        self._at_targets = TargetsReached(targets)

    def see_chunk(
        self,
        step: int,
        losses: np.ndarray,
        readings: np.ndarray,
        clock: Callable[[int], tuple[float, bool]],
    ) -> None:
        """Note the targets that a chunk reached; as of `TargetsReached.see_chunk`."""
        self._at_targets.see_chunk(step, losses, readings, clock)

    def see_last(self, trace: Trace, step: int, loss: float) -> None:
        """Record the loss that ended the trial, which no further step has written."""
        trace.add_evaluation(step, {"loss": loss})

    def see_evaluation(self, step: int, params: Any, loss: float) -> None:
        """Take note of nothing: an evaluation is for people alone."""

    def reached(self, trace: Trace) -> End:
        """Return no end: the compiled steps stop at the target themselves."""
        return GOES_ON

    def steps_to_evaluate(self, steps: list[int], every_step: bool) -> list[int]:
        """Choose among recorded steps those to evaluate in a short trial."""
        return _spread(steps)

    def finish(self, trace: Trace, params: Any) -> tuple[Any, list[AtTarget]]:
        """Return the point that is scored, and the targets that were reached."""
        return params, self._at_targets.reached


class EvaluatedLosses:
    """A loss evaluated off the clock counts.

    A step's own loss is of a batch, or of another point than the optimizer answers
    with. Args and attributes are those of `StepLosses`.
    """

    evaluate_every_chunk = True
    rows_need_evaluation = True

    def __init__(self, targets: Sequence[float]):
        self.program_target = NO_TARGET
        self._target = last(targets)
        self._at_targets = TargetsReached(targets)
        self._answer: Any = None
        self._answered = np.inf

    def see_chunk(self, *chunk: Any) -> None:
        """Take note of nothing: the losses of steps do not count."""

    def see_last(self, trace: Trace, step: int, loss: float) -> None:
        """Record the loss that ended the trial where no evaluation could."""
        if not np.isfinite(loss):
            trace.add_evaluation(step, {"loss": loss})

    def see_evaluation(self, step: int, params: Any, loss: float) -> None:
        """Keep the earliest point that has reached the target."""
        if loss <= self._target and step < self._answered:
            self._answered, self._answer = step, params

    def reached(self, trace: Trace) -> End:
        """Return the end where an evaluation has reached the target."""
        step = trace.first_evaluated_below(self._target)
        if step is None:
            return GOES_ON
        return "target", f"evaluated at or below the target after {step} steps"

    def steps_to_evaluate(self, steps: list[int], every_step: bool) -> list[int]:
        """Choose among recorded steps; more where nothing else makes a row."""
        chosen = _spread(steps)
        if every_step:
            stride = len(steps) // MOST_EVALUATIONS + 1
            chosen = sorted({*chosen, *steps[1::stride]})
        return chosen

    def first_reached(self, trace: Trace) -> dict[str, Any] | None:
        """Drop the rows after the first that has reached the target; return that."""
        step = trace.first_evaluated_below(self._target)
        return None if step is None else trace.cut(step)

    def finish(self, trace: Trace, params: Any) -> tuple[Any, list[AtTarget]]:
        """Return the point that is scored, and the targets that were reached."""
        self._at_targets.see_rows(trace.rows(None, 0))
        return self._answer, self._at_targets.reached


def spent_at(row: dict[str, Any]) -> tuple[int, float, np.ndarray]:
    """Return steps, seconds and readings of a row of a trace."""
    readings = np.array([row[kind] for kind in READINGS], np.int64)
    return row["step"], row["seconds"], readings


def _spread(steps: list[int]) -> list[int]:
    """Return about `EVALUATIONS_A_DECADE` of the recorded steps a decade."""
    kept, previous = [], 0.0
    for step in steps:
        if step and step >= previous * 10 ** (1 / EVALUATIONS_A_DECADE):
            kept.append(step)
            previous = step
    return kept
