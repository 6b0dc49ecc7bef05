"""Seconds of two runs, cell by cell and optimizer by optimizer."""

from collections.abc import Sequence
from math import nan
from typing import NamedTuple

import numpy as np

from ..statistics.intervals import median
from . import rule
from .rule import Judged
from .work import Trials, log_seconds


class Seconds(NamedTuple):
    """What the seconds of two runs come to.

    Attributes:
        a, b: float[cell], median seconds of the same work.
        cells: A row a cell.
        optimizers: A row an optimizer, over its cells.
        machine: What all cells share: B over A, log ratio.
        spread: Of that from round to round, the greatest over the least, log ratio.
    """

    a: np.ndarray
    b: np.ndarray
    cells: Judged
    optimizers: Judged
    machine: float
    spread: float


def compare(cells: Sequence[tuple[Trials, Trials]], groups: list[list[int]]) -> Seconds:
    """Compare the seconds of two runs by the rule.

    Args:
        cells: For each cell the trials of A and of B; at least one cell.
        groups: For each optimizer the indices of its cells.
    """
    a, b = log_seconds(cells)
    pair = rule.relative(a, b)
    of_cells = rule.judge(pair.a, pair.b)
    of_groups = rule.judge(rule.together(pair.a, groups), rule.together(pair.b, groups))
    if np.isfinite(of_cells.delta).sum() < rule.FEWEST_CELLS:
        of_cells, of_groups = _unknown(of_cells), _unknown(of_groups)
    machine = [m[np.isfinite(m)] for m in (pair.machine_a, pair.machine_b)]
    if not all(map(len, machine)):
        return Seconds(_typical(a), _typical(b), of_cells, of_groups, nan, nan)
    change = float(machine[1].mean() - machine[0].mean())
    spread = max(float(np.ptp(m)) for m in machine)
    return Seconds(_typical(a), _typical(b), of_cells, of_groups, change, spread)


def _unknown(judged: Judged) -> Judged:
    nothing = np.full_like(judged.error, nan)
    return Judged(judged.delta, nothing, nothing)


def _typical(x: np.ndarray) -> np.ndarray:
    """Return the median seconds of each cell over its seeds and rounds."""
    return np.array([np.exp(median(row[np.isfinite(row)])) for row in x])
