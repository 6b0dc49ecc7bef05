"""The table of who is best on each class of problems and at each target."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ...core.costs import COSTS
from ..format import NOTHING, Table
from .findings import COMPARED, few

PLACES = 3
"""Optimizers that a row names."""


def class_tables(table: pd.DataFrame) -> Iterator[Table]:
    """Yield a table for each cost, with a row for each division of the problems.

    Args:
        table: From `compare_classes`.
    """
    for cost in COMPARED:
        rows = table.query("cost == @cost")
        keys = ["part", "class", "target"]
        cells = tuple(_row(key, own) for key, own in rows.groupby(keys, sort=False))
        columns = ("problems", "targets", "number", "first", "second", "third")
        notes = [
            "area under the performance profile over these problems, and the bootstrap "
            "probability of being first; targets: 1 is the hardest of each problem; "
            "classes.csv lists all optimizers"
        ]
        most = max(rows["problems"].tolist(), default=0)
        notes += [note.removeprefix("; ") for note in filter(None, [few(most)])]
        if cells:
            title = f"By class and target, {COSTS[cost].words}"
            yield Table(title, columns, cells, tuple(notes), name=cost)


def _row(key: Any, rows: pd.DataFrame) -> tuple[str, ...]:
    part, name, target = key
    ranked = rows.sort_values("rank", kind="stable").to_dict("records")[:PLACES]
    best = [_in_words(row) for row in ranked]
    best += [NOTHING] * (PLACES - len(best))
    words = ", ".join(filter(None, [part, name])) or "all"
    return words, str(target), str(max(rows["problems"])), *best


def _in_words(row: Mapping) -> str:
    if not row["area"]:
        return NOTHING
    return f"{row['optimizer']} {row['area']:.2f} ({100 * row['first']:.0f} %)"
