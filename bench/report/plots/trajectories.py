"""Trajectories on a problem of two parameters: points, and the calls between."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...core.metrics import COORDINATES
from ...core.readings import KINDS, READINGS
from ...store.run import Run
from .scene import Line

KIND_MARKS = {
    "gradient": ("o", "gradients alone"),
    "forward": ("^", "forward passes too"),
    "jvp": ("D", "slopes or products too"),
    "hessian": ("s", "Hessians too"),
}
"""Marks by the rarest kind of call of a step, from the usual one to the rarest."""
_AS = {
    **{kind.name: "jvp" for kind in KINDS},
    **dict.fromkeys(("forward", "point", "ray", "ray_slope"), "forward"),
    **{name: name for name in ("gradient", "hessian")},
}


class Trajectory(NamedTuple):
    """A trial's trajectory.

    Attributes:
        line: The optimizer.
        step: int[rows], the steps at which the params were evaluated.
        at: float64[rows, 2], the params there.
        kind: Of each row the rarest kind of call since the row before, as a name of
            `KIND_MARKS`; empty for none.
        steps: All steps of the trial.
    """

    line: Line
    step: NDArray
    at: NDArray
    kind: list[str]
    steps: int

    @property
    def whole(self) -> bool:
        """Whether every step is there."""
        return len(self.step) == self.steps + 1


def trajectories(run: Run, lines: Sequence[Line]) -> Iterator[Trajectory]:
    """Yield the trajectory of each optimizer: first seed, best settings."""
    for line in lines:
        if not (line.best and line.group.known):
            continue
        record = min(line.group.known, key=lambda r: (r.spec.seed, r.spec.round))
        trace = run.trace(record.key)
        kept = trace.reindex(columns=list(COORDINATES)).notna().all(axis=1)
        if kept.any():
            yield _trajectory(line, trace.loc[kept], record.steps)


def _trajectory(line: Line, rows: pd.DataFrame, steps: int) -> Trajectory:
    spent = np.diff(rows[list(READINGS)].to_numpy(np.int64), axis=0, prepend=0)
    return Trajectory(
        line,
        rows["step"].to_numpy(np.int64),
        rows[list(COORDINATES)].to_numpy(float),
        [_rarest(each) for each in spent],
        steps,
    )


def _rarest(spent: NDArray) -> str:
    used = {_AS[name] for name, n in zip(READINGS, spent, strict=True) if n > 0}
    return next((kind for kind in reversed(KIND_MARKS) if kind in used), "")
