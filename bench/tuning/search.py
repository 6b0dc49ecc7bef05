"""Draw settings, try them, widen a range whose edge won, and say which won."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import optimizers
from factories import FactoryError
from optimizers import LogUniform

from .draws import beyond, draw, joined, more
from .scores import winner
from .task import Task

Settings = dict[str, float]
Try = Callable[[Sequence[Settings]], list[dict[str, Any]]]


def search(task: Task, attempt: Try) -> dict[str, Any]:
    """Return what tuning came to, as a record.

    Args:
        task: What is to be tuned.
        attempt: Tries settings; a list as of `tried`.

    Returns:
        `ranges` as they were in the end, `widened` how often, `settings` all that
        were tried, `lanes` their scores, `winner` the place of the best, `chosen` its
        settings; and `at_edge` where the best is still at an edge.
    """
    table, ranges = task.table, dict(task.ranges)
    drawn = draw(ranges, table.trials, task.seed)
    lanes = attempt(drawn)
    widened, best = 0, _winner(lanes, table.criterion)
    added = beyond(ranges, drawn, drawn[best])
    while added and widened < table.widen and _taken(task, added):
        count = more(task.ranges, added, table.trials)
        further = draw(added, count, task.seed + widened + 1)
        drawn, lanes = drawn + further, lanes + attempt(further)
        ranges, widened = joined(ranges, added), widened + 1
        best = _winner(lanes, table.criterion)
        added = beyond(ranges, drawn, drawn[best])
    return {
        "ranges": {name: list(ends) for name, ends in ranges.items()},
        "widened": widened,
        "settings": drawn,
        "lanes": lanes,
        "winner": best,
        "chosen": drawn[best],
        "at_edge": [name for name, ends in added.items() if ends != ranges[name]],
    }


def _winner(lanes: Sequence[Mapping[str, Any]], criterion: Any) -> int:
    return winner([lane["choose"] for lane in lanes], criterion)


def _taken(task: Task, added: Mapping[str, LogUniform]) -> bool:
    """Return whether the factory takes both ends of what was added."""
    own = task.spec.optimizer
    try:
        for end in range(2):
            ends = {name: pair[end] for name, pair in added.items()}
            optimizers.check(own.name, own.settings | ends)
    except (FactoryError, optimizers.NotApplicable):
        return False
    return True
