"""How many rounds a run takes to be able to show a slowdown of 10 %."""

from math import isfinite
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..compare.rule import FEWEST_CELLS, SAME, foreseen
from ..compare.seconds_table import percent
from ..compare.work import log_seconds, trials
from ..keeping.reading import load
from ..telling.entries import entries

FIRST = 3
"""Rounds before the spread between them is looked at."""
MOST = 50


class Foreseen(NamedTuple):
    """What slowdown a run could show against another like it.

    Attributes:
        words: A line for people.
        enough: Whether more rounds are of no use.
    """

    words: str
    enough: bool


def foresee(folder: Path) -> Foreseen:
    """Look at a finished run's seconds: not at what they are, but how far they spread.

    The least slowdown that is found with a chance of 95 % is that of the cell which
    spreads most.
    """
    run = load(folder)
    cells = entries(run)
    (seconds,) = log_seconds([(trials(run, cell),) for cell in cells])
    timed = np.isfinite(seconds).any((1, 2))
    rounds = seconds.shape[-1]
    if timed.sum() < FEWEST_CELLS:
        few = f"fewer than {FEWEST_CELLS} cells were timed"
        return Foreseen(f"{few}: the machine's part cannot be told from theirs", True)
    least = np.where(timed, foreseen(seconds), -np.inf)
    at = int(np.argmax(least))
    where = f"{cells[at].optimizer} on {cells[at].problem}"
    if not isfinite(least[at]):
        return Foreseen(
            f"{rounds} rounds: {where} was timed once alone", rounds >= MOST
        )
    shown = f"{rounds} rounds would show a slowdown of {percent(float(least[at]))}"
    return Foreseen(f"{shown} in {where}", bool(least[at] < SAME) or rounds >= MOST)
