"""Which rows of a trace the page needs: no crossing of a level moves."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TAUS = 10.0 ** (-np.arange(241) / 24)
"""The levels at which costs can be asked for: shares of the decrease that are missing.

The level of τ is best + τ (start - best).
"""
POINTS = 90
"""Rows that are kept besides, evenly spaced in the logarithm of the steps."""


class Levels(NamedTuple):
    """The levels of a quantity on a problem.

    Attributes:
        values: float64[levels].
        rising: Whether more is better.
    """

    values: NDArray
    rising: bool = False


def between(start: float, best: float) -> NDArray:
    """Return the level of each of `TAUS`, float64[levels]; nan if one is not known."""
    return best + TAUS * (start - best)


def crossings(values: NDArray, levels: Levels) -> NDArray:
    """Return the first rows at each level or beyond it, int[], each once.

    Args:
        values: float64[rows], nan where it was not evaluated.
        levels: The levels; those that are never reached have no row.
    """
    sign = -1.0 if levels.rising else 1.0
    known = np.where(np.isnan(values), np.inf, sign * values)
    best = np.minimum.accumulate(known)
    wanted = sign * levels.values
    rows = np.searchsorted(-best, -wanted[~np.isnan(wanted)])
    return np.unique(rows[rows < len(values)])


class Seen(NamedTuple):
    """A quantity along a trace.

    Attributes:
        values: float64[rows], nan where it was not evaluated.
        rising: Whether more is better.
        levels: Those whose crossings must not move.
    """

    values: NDArray
    rising: bool
    levels: Sequence[Levels]


def kept(step: NDArray, quantities: Iterable[Seen], every: bool = False) -> NDArray:
    """Return the rows that are kept, int[], ascending.

    They are the first and the last one, the first at each level of each quantity, the
    first with the best value of each, and others that a curve needs.

    Args:
        step: float64[rows], ascending.
        quantities: What is shown of the trace.
        every: Whether to keep all.
    """
    count = len(step)
    if every or count <= POINTS:
        return np.arange(count)
    rows = [np.array([0, count - 1]), _spread(step)]
    for values, rising, levels in quantities:
        there = np.flatnonzero(~np.isnan(values))
        if not len(there):
            continue
        best = np.argmax(values[there]) if rising else np.argmin(values[there])
        rows += [there[[best]], *(crossings(values, each) for each in levels)]
        rows.append(there if len(there) <= POINTS else there[_spread(step[there])])
    return np.unique(np.concatenate(rows))


def _spread(step: NDArray) -> NDArray:
    """Return about `POINTS` rows, evenly spaced in the logarithm of the steps."""
    place = np.log1p(step)
    wanted = np.linspace(place[0], place[-1], POINTS)
    rows = np.searchsorted(place, wanted)
    return np.unique(np.minimum(rows, len(step) - 1))
