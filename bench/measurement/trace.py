"""The rows of a trial, with losses from the steps or evaluated separately."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ..core.readings import READINGS, named
from ..core.records import AtTarget
from ..store.trials import COLUMNS
from .budget import NO_TARGET, TargetsReached, last

EVERY_STEP_UP_TO = 100
SPACING = 1.01


class Trace:
    """Collects the results of chunks, and evaluations at some steps off the clock.

    Every step is recorded up to 100, then steps 1 % apart, and every step at which the
    clock was read.

    Args:
        every_step: Record all steps.
        rows_need_evaluation: Whether only steps whose loss was evaluated off the clock
            are rows.
    """

    def __init__(self, every_step: bool = False, rows_need_evaluation: bool = False):
        self._every_step = every_step
        self._rows_need_evaluation = rows_need_evaluation
        self._rows: dict[int, dict[str, Any]] = {}
        self._evaluations: dict[int, dict[str, float]] = {}

    def add(
        self,
        step: int,
        clock: tuple[float, float],
        loss: np.ndarray,
        readings: np.ndarray,
    ) -> None:
        """Record a chunk of `n` steps.

        Args:
            step: The step of its first row.
            clock: Seconds before and after the chunk.
            loss: `float[n]`, before each of its steps.
            readings: `int[n + 1, kinds]`, before each of its steps and after the last,
                cumulative over the trial.
        """
        start, end = clock
        for row in self._recorded(step, len(loss)):
            self._write(
                step + row,
                start + (end - start) * (row / len(loss) if row else 0),
                row in (0, len(loss)),
                readings[row],
                float(loss[row]) if row < len(loss) else None,
            )

    def add_evaluation(self, step: int, values: dict[str, float]) -> None:
        """Add an evaluation off the clock at a recorded step."""
        self._evaluations[step] = self._evaluations.get(step, {}) | values

    def rows(self, optimum: float | None, examples: int) -> list[dict[str, Any]]:
        """Return the rows in order, each with all of `COLUMNS`.

        Args:
            optimum: The least loss, or None.
            examples: Examples that a call reads.
        """
        whole = []
        for step in sorted(self._rows):
            row = self._rows[step] | self._evaluated(step)
            if row["loss"] is not None:
                whole.append(_complete(row, optimum, examples))
        return whole

    def steps(self) -> list[int]:
        """Return the recorded steps, in order."""
        return sorted(self._rows)

    def first_evaluated_below(self, loss: float) -> int | None:
        """Return the first step whose evaluated loss is at or below a loss."""
        return min(
            (s for s, x in self._evaluations.items() if x["loss"] <= loss), default=None
        )

    def cut(self, step: int) -> dict[str, Any]:
        """Drop all rows after `step`, and return the row of `step`."""
        self._rows = {s: row for s, row in self._rows.items() if s <= step}
        return self._rows[step]

    def _recorded(self, step: int, rows: int) -> list[int]:
        if self._every_step:
            return list(range(rows + 1))
        steps = np.arange(step, step + rows + 1)
        kept = (steps <= EVERY_STEP_UP_TO) | _on_grid(steps)
        kept[[0, -1]] = True
        return np.flatnonzero(kept).tolist()

    def _write(self, step, seconds, measured, readings, loss) -> None:
        row = {"step": step, "seconds": seconds, "measured": int(measured)}
        self._rows[step] = row | named(readings) | {"loss": loss}

    def _evaluated(self, step: int) -> dict[str, Any]:
        """Return an evaluation, with the step's own loss if it has one."""
        values = dict(self._evaluations.get(step, {}))
        if self._rows_need_evaluation:
            return {"loss": None} | values
        if self._rows[step]["loss"] is not None:
            values.pop("loss", None)
        return values


def _on_grid(steps: np.ndarray) -> np.ndarray:
    """Return which steps are nearest to 100 * 1.01^j, the same in every trial."""
    safe = np.maximum(steps, 1)
    power = np.round(np.log(safe / EVERY_STEP_UP_TO) / np.log(SPACING))
    return steps == np.round(EVERY_STEP_UP_TO * SPACING**power)


def _complete(row: dict[str, Any], optimum: float | None, examples: int) -> dict:
    above = None if optimum is None else row["loss"] - optimum
    calls = sum(row[kind] for kind in READINGS)
    whole = dict.fromkeys(COLUMNS) | row
    return whole | {"suboptimality": above, "examples": calls * examples}


EVALUATIONS_A_DECADE = 8
MOST_EVALUATIONS = 1000
"""The number of evenly spread steps that `every_step` evaluates."""

End = tuple[str, str]
GOES_ON: End = ("", "")


class StepLosses:
    """The loss of each step is used: over all examples, at the optimizer's answer.

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
        """Record the targets that a chunk reached; see `TargetsReached.see_chunk`."""
        self._at_targets.see_chunk(step, losses, readings, clock)

    def see_last(self, trace: Trace, step: int, loss: float) -> None:
        """Record the loss that ended the trial, which no step has written."""
        trace.add_evaluation(step, {"loss": loss})

    def see_evaluation(self, step: int, params: Any, loss: float) -> None:
        """Do nothing: an evaluation is only recorded."""

    def reached(self, trace: Trace) -> End:
        """Return no end: the compiled steps themselves stop at the target."""
        return GOES_ON

    def steps_to_evaluate(self, steps: list[int], every_step: bool) -> list[int]:
        """Choose the recorded steps to evaluate in a short trial."""
        return _spread(steps)

    def finish(self, trace: Trace, params: Any) -> tuple[Any, list[AtTarget]]:
        """Return the point that is scored, and the targets that were reached."""
        return params, self._at_targets.reached


class EvaluatedLosses:
    """The losses evaluated off the clock are used.

    A step's own loss is that of a batch, or of params that differ from the optimizer's
    answer. Args and attributes are those of `StepLosses`.
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
        """Do nothing: the losses of steps are not used."""

    def see_last(self, trace: Trace, step: int, loss: float) -> None:
        """Record the loss that ended the trial if no evaluation has."""
        if not np.isfinite(loss):
            trace.add_evaluation(step, {"loss": loss})

    def see_evaluation(self, step: int, params: Any, loss: float) -> None:
        """Keep the earliest point that has reached the target."""
        if loss <= self._target and step < self._answered:
            self._answered, self._answer = step, params

    def reached(self, trace: Trace) -> End:
        """Return the end if an evaluation has reached the target."""
        step = trace.first_evaluated_below(self._target)
        if step is None:
            return GOES_ON
        return "target", f"evaluated at or below the target after {step} steps"

    def steps_to_evaluate(self, steps: list[int], every_step: bool) -> list[int]:
        """Choose recorded steps to evaluate; more if only evaluations are rows."""
        chosen = _spread(steps)
        if every_step:
            stride = len(steps) // MOST_EVALUATIONS + 1
            chosen = sorted({*chosen, *steps[1::stride]})
        return chosen

    def first_reached(self, trace: Trace) -> dict[str, Any] | None:
        """Drop the rows after the first that has reached the target, and return it."""
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
    """Return about `EVALUATIONS_A_DECADE` recorded steps in each decade."""
    kept, previous = [], 0.0
    for step in steps:
        if step and step >= previous * 10 ** (1 / EVALUATIONS_A_DECADE):
            kept.append(step)
            previous = step
    return kept


class Evaluator:
    """Evaluates problems at points, with one compilation for each problem."""

    def __init__(self):
        self._evaluate = jax.jit(_evaluate)
        self._loss = jax.jit(_loss)

    def __call__(self, problem, params) -> dict[str, Any]:
        """Return `loss`, `gradient_norm`, and `held_out_loss` if there are examples."""
        loss, norm, held_out = self._evaluate(problem, params)
        values = {"loss": float(loss), "gradient_norm": float(norm)}
        if held_out is not None:
            values["held_out_loss"] = float(held_out)
        return values

    def exact(self, problem, params) -> float:
        """Return the training loss in float64, on unchanged data.

        With float64 params, every product with them is computed in float64.
        """
        with jax.enable_x64(True):
            wide = jax.tree.map(lambda x: jnp.asarray(x, jnp.float64), params)
            return float(self._loss(problem, wide))


def _loss(problem, params):
    return problems.objective(problem)(params)


def _evaluate(problem, params):
    loss, gradient = jax.value_and_grad(problems.objective(problem))(params)
    squares = [jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(gradient)]
    if problem.held_out is None:
        held_out = None
    else:
        held_out = problem.loss(params, problem.held_out)
    return loss, jnp.sqrt(sum(squares)), held_out
