"""A trial's rows, one a recorded step, with seconds measured or interpolated."""

from typing import Any

import numpy as np

from ..core.readings import READINGS, named
from ..store.trials import COLUMNS

EVERY_STEP_UP_TO = 100
SPACING = 1.01


class Trace:
    """Collects what chunks leave, and what was evaluated at some steps off the clock.

    Every step is recorded up to 100, then steps 1 % apart, and every step at which the
    clock was read.

    Args:
        every_step: Record all steps.
        rows_need_evaluation: A step's own loss does not count: only the losses that
            were evaluated off the clock are rows.
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
        """Add what was evaluated off the clock at a recorded step."""
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
        """Return the first step at which an evaluation gave a loss no greater."""
        return min(
            (s for s, x in self._evaluations.items() if x["loss"] <= loss), default=None
        )

    def cut(self, step: int) -> dict[str, Any]:
        """Drop all rows after `step`, and return that one."""
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
        """Return what was evaluated; the step's own loss counts where it wrote one."""
        values = dict(self._evaluations.get(step, {}))
        if self._rows_need_evaluation:
            return {"loss": None} | values
        if self._rows[step]["loss"] is not None:
            values.pop("loss", None)
        return values


def _on_grid(steps: np.ndarray) -> np.ndarray:
    """Tell the steps nearest to 100 * 1.01^j; the same ones in every trial."""
    safe = np.maximum(steps, 1)
    power = np.round(np.log(safe / EVERY_STEP_UP_TO) / np.log(SPACING))
    return steps == np.round(EVERY_STEP_UP_TO * SPACING**power)


def _complete(row: dict[str, Any], optimum: float | None, examples: int) -> dict:
    above = None if optimum is None else row["loss"] - optimum
    calls = sum(row[kind] for kind in READINGS)
    whole = dict.fromkeys(COLUMNS) | row
    return whole | {"suboptimality": above, "examples": calls * examples}
