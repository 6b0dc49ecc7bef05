"""The table of where the time of a run's trials went."""

from collections.abc import Sequence
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
        Columns `problem` (empty for all), `trials`, the fields of `PARTS`,
        `rest_seconds` and `wall_seconds`.
    """
    by_problem = results.of_problem
    rows = [_row(problem, records) for problem, records in by_problem.items()]
    if len(rows) > 1:
        together = [record for records in by_problem.values() for record in records]
        rows.append(_row("", together))
    return pd.DataFrame(rows)


def _row(problem: str, records: Sequence[TrialRecord]) -> dict[str, Any]:
    parts = {field: _sum(records, field) for field in PARTS.values()}
    wall = _sum(records, "wall_seconds")
    rest = max(0.0, wall - fsum(parts.values()))
    count = {"problem": problem, "trials": len(records)}
    return count | parts | {"rest_seconds": rest, "wall_seconds": wall}


def duration_table(results: Results) -> Table:
    """Return the table.

    Args:
        results: The results of a run.
    """
    fields = (*PARTS.values(), "rest_seconds", "wall_seconds")
    rows = tuple(
        (
            row["problem"] or "all problems",
            format.count(row["trials"]),
            *(format.seconds(row[field]) for field in fields),
        )
        for row in durations(results).to_dict("records")
    )
    columns = ("problem", "trials", *PARTS, "rest", "wall")
    return Table("Where the time went", columns, rows, (NOTE,))


def _sum(records: Sequence[TrialRecord], field: str) -> float:
    """Return the sum over the trials that state the field's seconds."""
    return fsum(filter(isfinite, (getattr(record, field) for record in records)))
