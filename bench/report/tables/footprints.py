"""The table of what a step needs besides the time of its calls."""

from collections.abc import Iterator, Mapping
from math import nan
from typing import Any

import pandas as pd

from ...core.footprint import MEASURES
from .. import format
from ..format import Table
from ..groups import batch_size, with_batch

Calls = tuple[str, int | None]
"""A problem's label, and the examples of a call on it."""
NOTES = (
    "from the compiled programs: temporaries hold the activations, arguments the data, "
    "the params, the state and the harness's log",
    "the update alone, without the calls of the objective: XLA's count of FLOPs, loops "
    "counted once and LAPACK's routines not; the least bytes that it moves",
)
OF_CALLS = {"FLOPs of gradient": "flops", "bytes of gradient": "bytes"}
"""Columns for comparison, of one gradient by prices.csv, on the step's examples."""


def footprint_table(summary: pd.DataFrame, prices: pd.DataFrame | None) -> Table | None:
    """Return a row for each problem and optimizer whose program is known.

    Settings of an optimizer with the same numbers are one row.

    Args:
        summary: As `summarize` returns it.
        prices: Of the problems' calls, if they are known.
    """
    known = footprints(summary)
    if not len(known):
        return None
    gradients = {} if prices is None else dict(_gradients(prices))
    words = [measure.words for measure in MEASURES]
    columns = ("problem", "optimizer", *words, *OF_CALLS)
    rows = [_row(row, gradients) for row in known.to_dict("records")]
    return Table("What a step needs", columns, tuple(rows), NOTES)


def footprints(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the raw numbers of the table."""
    if not len(summary):
        return summary
    numbers = [measure.name for measure in MEASURES]
    known: Any = summary[summary["state_bytes"].notna()]
    known = known.drop_duplicates(["problem", "family", "batch", *numbers])
    return known[["problem", "optimizer", "batch", *numbers]]


def _gradients(prices: pd.DataFrame) -> Iterator[tuple[Calls, Mapping[str, Any]]]:
    for row in with_batch(prices).to_dict("records"):
        if row["call"] == "gradient":
            yield _calls(row), row


def _calls(row: Mapping[str, Any]) -> Calls:
    return row["problem"], batch_size(row["batch"])


def _row(row: Mapping[str, Any], gradients: Mapping[Calls, Mapping]) -> tuple[str, ...]:
    of_calls = gradients.get(_calls(row), {})
    numbers = [(row[m.name], m.unit) for m in MEASURES]
    numbers += [
        (of_calls.get(column, nan), unit)
        for column, unit in zip(OF_CALLS.values(), ("FLOP", "B"), strict=True)
    ]
    cells = (format.amount(float(value), unit) for value, unit in numbers)
    return (row["problem"], row["optimizer"], *cells)
