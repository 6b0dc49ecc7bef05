"""The table of a problem's metrics: best and final values over seeds."""

from collections.abc import Iterator, Sequence
from functools import partial
from math import isinf, isnan
from typing import Any

import pandas as pd

from ...core.records import TrialRecord
from .. import format
from ..format import Estimate, Table, best_rows
from ..metrics import WHICH, is_rising, words
from .coverage import intervals

MOST = 3
"""Most metrics in a table; summary.csv has all."""
NONE = "none"
"""Stands for a value that was not finite, in a trial that diverged for example."""


def metric_table(
    problem: str,
    rows: pd.DataFrame,
    columns: Sequence[str],
    records: Sequence[TrialRecord] = (),
) -> Table:
    """Return the table.

    Args:
        problem: Its label.
        rows: Of the summary, the best optimizer first.
        columns: Of the metrics, the most important one first.
        records: Of the problem's trials, whose targets may state which way is better.
    """
    names = [f"{which}_{column}" for column in columns[:MOST] for which in WHICH]
    headings = [f"{w} {words(column)}" for column in columns[:MOST] for w in WHICH]
    cells = tuple(
        (row["optimizer"], *map(partial(cell, row), names))
        for row in rows.to_dict("records")
    )
    notes = tuple(_notes(rows, columns))
    rising = [is_rising(column, records) for column in columns[:MOST] for _ in WHICH]
    best = frozenset(
        (row, place)
        for place, (name, more) in enumerate(zip(names, rising, strict=True), 1)
        if more is not None
        for row in best_rows(rows[name].tolist(), more)
    )
    title = f"{problem}: metrics"
    return Table(title, ("optimizer", *headings), cells, notes, best, title)


def cell(row: dict[str, Any], name: str) -> str:
    """Return a median and its interval, four digits each: `0.953 [0.951, 0.96]`."""
    return Estimate(*(_number(row[f"{name}{end}"]) for end in ("", "_low", "_high")))


def _number(value: float) -> str:
    if isnan(value):
        return format.NOTHING
    return NONE if isinf(value) else format.Number(f"{value:.4g}")


def _notes(rows: pd.DataFrame, columns: Sequence[str]) -> Iterator[str]:
    yield "best: of the evaluations of a trial; final: of the last one"
    if max(rows["seeds"]) > 1:
        yield intervals(rows)
    if len(columns) > MOST:
        yield f"{len(columns) - MOST} more in summary.csv"
