"""The table of where the time of a run's trials went."""

from collections.abc import Iterator, Mapping, Sequence
from math import fsum, isfinite
from typing import Any

import pandas as pd

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


def durations(results: Results) -> pd.DataFrame:
    """Return the seconds of the finished trials by part, for each problem and for all.

    Args:
        results: The results of a run.

    Returns:
        Columns `host` (empty if there is one), `problem` (empty for all), `trials`,
        the fields of `PARTS`, `rest_seconds` and `wall_seconds`.
    """
    rows = [*_rows("", results.of_problem)] if not results.hosts else []
    for host, own in results.hosts.items():
        tried = {problem: known for problem, known in own.of_problem.items() if known}
        rows += _rows(host, tried)
    return pd.DataFrame(rows)


def _rows(
    host: str, by_problem: Mapping[str, list[TrialRecord]]
) -> Iterator[dict[str, Any]]:
    """Yield a row for each problem, and one for all if there are several."""
    for problem, records in by_problem.items():
        yield _row(host, problem, records)
    if len(by_problem) > 1:
        together = [record for records in by_problem.values() for record in records]
        yield _row(host, "", together)


def _row(host: str, problem: str, records: Sequence[TrialRecord]) -> dict[str, Any]:
    parts = {field: _sum(records, field) for field in PARTS.values()}
    wall = _sum(records, "wall_seconds")
    rest = max(0.0, wall - fsum(parts.values()))
    count = {"host": host, "problem": problem, "trials": len(records)}
    return count | parts | {"rest_seconds": rest, "wall_seconds": wall}


def duration_table(results: Results) -> Table:
    """Return the table.

    Args:
        results: The results of a run.
    """
    fields = (*PARTS.values(), "rest_seconds", "wall_seconds")
    rows = tuple(
        (
            _of(row["problem"] or "all problems", row["host"]),
            format.count(row["trials"]),
            *(format.seconds(row[field]) for field in fields),
        )
        for row in durations(results).to_dict("records")
    )
    columns = ("problem", "trials", *PARTS, "rest", "wall")
    return Table("Where the time went", columns, rows, (NOTE,))


def _of(problem: str, host: str) -> str:
    return f"{problem}, on {host}" if host else problem


def _sum(records: Sequence[TrialRecord], field: str) -> float:
    """Return the sum over the trials that state the field's seconds."""
    return fsum(filter(isfinite, (getattr(record, field) for record in records)))
