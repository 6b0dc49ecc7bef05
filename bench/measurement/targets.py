"""The losses that a trial must reach, and its cost at each."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..core.readings import READINGS, named
from ..core.records import AtTarget
from ..core.spec import Target

NO_TARGET = float("-inf")


def target_losses(
    target: Target | None, optimum: float | None, dtype: str
) -> list[float]:
    """Return the losses that a target stands for, the greatest first.

    f* + max(suboptimality, 10 u max(1, |f*|)): below that the dtype's own rounding
    decides who reaches it.

    Args:
        target: Losses, or suboptimalities.
        optimum: f*, the certified least loss.
        dtype: Its unit roundoff is u.

    Raises:
        ValueError: A suboptimality is asked for and no optimum is certified.
    """
    if target is None:
        return []
    if target.suboptimality is None:
        return sorted(_listed(target.loss), reverse=True)
    if optimum is None:
        raise ValueError(
            "a suboptimality needs a certified optimum, which this problem does not "
            "have: state the target as a loss"
        )
    floor = rounding(optimum, dtype)
    gaps = sorted(_listed(target.suboptimality), reverse=True)
    return [optimum + max(gap, floor) for gap in gaps]


def last(losses: Sequence[float]) -> float:
    """Return the loss that ends a trial, the least one; -inf for none."""
    return losses[-1] if losses else NO_TARGET


def rounding(loss: float, dtype: str) -> float:
    """Return 10 u max(1, |loss|): below that losses are not told apart."""
    return 10 * float(np.finfo(dtype).eps) / 2 * max(1.0, abs(loss))


def _listed(value: float | Sequence[float] | None) -> list[float]:
    if value is None:
        return []
    return [value] if isinstance(value, float | int) else list(value)


class TargetsReached:
    """What a trial had spent at its first step at or below each of several losses.

    Attributes:
        reached: In the order of the losses, those that were reached.
    """

    def __init__(self, losses: Sequence[float]):
        self._losses = list(losses)
        self.reached: list[AtTarget] = []

    def see_chunk(
        self,
        step: int,
        losses: np.ndarray,
        readings: np.ndarray,
        clock: Callable[[int], tuple[float, bool]],
    ) -> None:
        """Look through the steps of a chunk.

        Args:
            step: The step of its first row.
            losses: float[n], before each of its steps.
            readings: int[n + 1, kinds], before each step, over the whole trial.
            clock: From a row to the seconds at it, and whether they were measured.
        """
        for target in self._losses[len(self.reached) :]:
            rows = np.flatnonzero(losses <= target)
            if not len(rows):
                return
            row = int(rows[0])
            seconds, measured = clock(row)
            self._add(target, step + row, seconds, named(readings[row]), measured)

    def see_rows(self, rows: Sequence[dict[str, Any]]) -> None:
        """Look through the rows of a trace whose losses were evaluated afterwards."""
        for target in self._losses[len(self.reached) :]:
            row = next((row for row in rows if row["loss"] <= target), None)
            if row is None:
                return
            readings = {kind: row[kind] for kind in READINGS}
            measured = bool(row["measured"])
            self._add(target, row["step"], row["seconds"], readings, measured)

    def _add(self, loss, steps, seconds, readings, measured) -> None:
        if self.reached:  # timed apart from the last one: noise is not to swap them
            seconds = max(seconds, self.reached[-1].seconds or 0.0)
        self.reached.append(AtTarget(loss, steps, seconds, readings, measured))
