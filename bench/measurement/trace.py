"""The rows of a trial."""

from typing import Any

import numpy as np

from ..core.readings import READINGS, named
from ..store.trials import columns_of
from .looks import Looks

EVERY_STEP_UP_TO = 100
SPACING = 1.01


class Trace:
    """Collects the results of chunks, and evaluations at some steps off the clock.

    Every step is recorded up to 100, then steps 1 % apart, the looks, and the last
    step: never a step because the clock was read there.

    Args:
        looks: The stated steps of evaluations.
        every_step: Record all steps.
        rows_need_evaluation: Whether only steps whose loss was evaluated off the clock
            are rows.
    """

    def __init__(
        self, looks: Looks, every_step: bool = False, rows_need_evaluation: bool = False
    ):
        self._looks, self._every_step = looks, every_step
        self._rows_need_evaluation = rows_need_evaluation
        self._rows: dict[int, dict[str, Any]] = {}
        self._evaluations: dict[int, dict[str, float]] = {}

    def add(
        self,
        step: int,
        clock: tuple[float, float],
        loss: np.ndarray,
        readings: np.ndarray,
        ended: bool = False,
    ) -> None:
        """Record a chunk of `n` steps.

        Args:
            step: The step of its first row.
            clock: Seconds before and after the chunk.
            loss: `float[n]`, before each of its steps.
            readings: `int[n + 1, kinds]`, before each of its steps and after the last,
                cumulative over the trial.
            ended: Whether it was the last.
        """
        start, end = clock
        kept = self.records(np.arange(step, step + len(loss) + 1))
        kept[-1] |= ended
        for row in np.flatnonzero(kept).tolist():
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
        """Return the rows in order, each with all columns of the trace.

        Args:
            optimum: The least loss, or None.
            examples: Examples that a call reads.
        """
        merged = (self._rows[s] | self._evaluated(s) for s in sorted(self._rows))
        rows = [row for row in merged if row["loss"] is not None]
        columns = columns_of(self._evaluations.values())
        return [_complete(row, columns, optimum, examples) for row in rows]

    def end_at(
        self,
        step: int,
        clock: tuple[float, bool],
        readings: np.ndarray,
        since: tuple[int, float],
    ) -> None:
        """Drop all rows from a step on, and record it as the last; it is evaluated.

        Args:
            step: The last step.
            clock: Its seconds, and whether they were measured.
            readings: int[kinds], before this step.
            since: The last step before it at which the clock was read, and its seconds.
        """
        self._rows = {s: row for s, row in self._rows.items() if s < step}
        began, before = since
        for place, row in self._rows.items():  # interpolated again, up to the last
            if place > began:
                share = (place - began) / (step - began)
                row["seconds"] = before + (clock[0] - before) * share
        self.insert(step, clock, readings)

    def insert(
        self, step: int, clock: tuple[float, bool], readings: np.ndarray
    ) -> None:
        """Record a step whose loss is evaluated, if no row has it; see `end_at`."""
        known = self._rows.get(step, {"loss": None})
        self._write(step, *clock, readings, known["loss"])

    def records(self, steps: np.ndarray) -> np.ndarray:
        """Return for consecutive steps whether each of them is recorded."""
        if self._every_step:
            return np.ones(len(steps), bool)
        near = (steps <= EVERY_STEP_UP_TO) | _on_grid(steps)
        return near | self._looks.among(steps)

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


def _complete(
    row: dict[str, Any], columns: list[str], optimum: float | None, examples: int
) -> dict[str, Any]:
    above = None if optimum is None else row["loss"] - optimum
    calls = sum(map(row.__getitem__, READINGS))
    whole = dict.fromkeys(columns) | row
    return whole | {"suboptimality": above, "examples": calls * examples}
