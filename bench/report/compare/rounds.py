"""Whether a run has enough rounds to detect a slowdown of 10 %."""

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
    """The slowdown that a run could detect in comparison with a similar run.

    Attributes:
        words: A line that states it.
        enough: Whether no more rounds are needed.
    """

    words: str
    enough: bool


def foresee(folder: Path) -> Foreseen:
    """Compute the detectable slowdown from the spread of a run's seconds.

    It is the least slowdown that is found with a probability of 95 % in the trial group
    with the largest spread.
    """
    run = load(folder)
    groups = Results(run).groups
    (seconds,) = log_seconds([(traced_trials(run, group),) for group in groups])
    timed = np.isfinite(seconds).any((1, 2))
    rounds = seconds.shape[-1]
    if timed.sum() < FEWEST_CELLS:
        few = f"fewer than {FEWEST_CELLS} trial groups were timed"
        return Foreseen(
            f"{few}: the machine's part cannot be separated from theirs", True
        )
    least = np.where(timed, foreseen(seconds), -np.inf)
    at = int(np.argmax(least))
    where = f"{groups[at].optimizer} on {groups[at].problem}"
    if not isfinite(least[at]):
        return Foreseen(f"{rounds} rounds: {where} was timed only once", rounds >= MOST)
    shown = f"{rounds} rounds would detect a slowdown of {percent(float(least[at]))}"
    return Foreseen(f"{shown} in {where}", bool(least[at] < SAME) or rounds >= MOST)
