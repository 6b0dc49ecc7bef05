"""Trials whose seconds were measured while other processes used the processors."""

from collections import Counter
from collections.abc import Iterable, Iterator

from ..core.records import TrialRecord
from ..core.text import number_of
from .groups import TrialGroup

LOAD = 0.1
"""Processors that others keep busy, from which a trial counts as disturbed.

The counters of two processors, in steps of 10 ms, can be wrong by 0.02 in a second.
"""
_MOST = 3


def is_disturbed(record: TrialRecord) -> bool:
    """Return whether others kept more than `LOAD` of a processor busy meanwhile."""
    others = record.others_after if record.spec.timed else None
    return others is not None and others > LOAD


def lines(groups: Iterable[TrialGroup]) -> Iterator[str]:
    """Yield a line on lost, on repeated and on disturbed trials, if there are any."""
    listed = list(groups)
    records = [(g, record) for g in listed for record in g.records]
    lost = [group for group, record in records if record.is_lost]
    if lost:
        count = number_of(len(lost), "lost trial")
        yield f"{count} left out of all statistics, costs unknown: {_named(lost)}"
    again = [g for g, record in records if record.interruptions and not record.is_lost]
    if again:
        count = number_of(len(again), "trial")
        yield f"{count} interrupted and run again: {_named(again)}"
    timed = [
        (group, record)
        for group, record in records
        if record.others_after is not None
        and record.spec.timed
        and record.end != "skipped"
    ]
    beside = [group for group, record in timed if record.beside]
    if beside:
        most = 1 + max(record.beside for _, record in timed)
        yield (
            f"{len(beside)} of {len(timed)} trials were timed on one machine by up to "
            f"{most} workers side by side, which lengthen each other's seconds: trust "
            f"calls, or run with one worker"
        )
    disturbed = [group for group, record in timed if is_disturbed(record)]
    if disturbed:
        yield (
            f"{len(disturbed)} of {len(timed)} trials were timed while other processes "
            f"used more than {100 * LOAD:.0f} % of a processor, which may lengthen "
            f"their seconds: {_named(disturbed)}"
        )


def _named(groups: Iterable[TrialGroup]) -> str:
    """Return the groups with most of the trials, and how many."""
    counts = Counter(f"{group.optimizer} on {group.problem}" for group in groups)
    shown = [f"{name} {count}" for name, count in counts.most_common(_MOST)]
    more = len(counts) - len(shown)
    return ", ".join([*shown, *([f"{more} more groups"] if more > 0 else [])])
