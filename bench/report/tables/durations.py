"""The table of where the time of a run's trials went."""

from collections.abc import Iterator, Mapping, Sequence
from math import fsum, isfinite

from ...core.records import TrialRecord
from .. import format
from ..format import Table
from ..groups import Results

PARTS = {
    "on the clock": "on_clock_seconds",
    "off the clock": "off_clock_seconds",
    "making programs": "compile_seconds",
}
"""The parts of a trial's time: heading, and field of its record."""
NOTE = (
    "off the clock: warm-ups, replays, evaluations; rest: what a trial does between "
    "these; tuning, certificates, prices and programs made before the trials are not "
    "in the table"
)


def duration_table(results: Results) -> Table:
    """Return the seconds of the finished trials by part, for each problem and for all.

    Args:
        results: The results of a run.
    """
    rows = [*_rows(results.of_problem)] if not results.hosts else []
    for host, own in results.hosts.items():
        tried = {problem: known for problem, known in own.of_problem.items() if known}
        rows += [(f"{problem}, on {host}", *cells) for problem, *cells in _rows(tried)]
    columns = ("problem", "trials", *PARTS, "rest", "wall")
    return Table("Where the time went", columns, tuple(rows), (NOTE,))


def _rows(by_problem: Mapping[str, list[TrialRecord]]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each problem, and one for all if there are several."""
    for problem, records in by_problem.items():
        yield _row(problem, records)
    if len(by_problem) > 1:
        together = [record for records in by_problem.values() for record in records]
        yield _row("all problems", together)


def _row(problem: str, records: Sequence[TrialRecord]) -> tuple[str, ...]:
    parts = [_sum(records, field) for field in PARTS.values()]
    wall = _sum(records, "wall_seconds")
    seconds = (*parts, max(0.0, wall - fsum(parts)), wall)
    return (problem, format.count(len(records)), *map(format.seconds, seconds))


def _sum(records: Sequence[TrialRecord], field: str) -> float:
    """Return the sum over the trials that state the field's seconds."""
    return fsum(filter(isfinite, (getattr(record, field) for record in records)))
