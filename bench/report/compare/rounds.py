"""How many rounds a run takes to be able to show a slowdown of 10 %."""

from math import isfinite
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...store.run import load
from ..groups import Results
from .pairs import log_seconds, traced_trials
from .rule import FEWEST_CELLS, SAME, foreseen
from .seconds import percent

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
    """Look at how far a finished run's seconds spread, not at what they are.

    The least slowdown that is found with a probability of 95 % is that of the trial
    group which spreads most.
    """
    run = load(folder)
    groups = Results(run).groups
    (seconds,) = log_seconds([(traced_trials(run, group),) for group in groups])
    timed = np.isfinite(seconds).any((1, 2))
    rounds = seconds.shape[-1]
    if timed.sum() < FEWEST_CELLS:
        few = f"fewer than {FEWEST_CELLS} trial groups were timed"
        return Foreseen(f"{few}: the machine's part cannot be told from theirs", True)
    least = np.where(timed, foreseen(seconds), -np.inf)
    at = int(np.argmax(least))
    where = f"{groups[at].optimizer} on {groups[at].problem}"
    if not isfinite(least[at]):
        return Foreseen(
            f"{rounds} rounds: {where} was timed once alone", rounds >= MOST
        )
    shown = f"{rounds} rounds would show a slowdown of {percent(float(least[at]))}"
    return Foreseen(f"{shown} in {where}", bool(least[at] < SAME) or rounds >= MOST)
