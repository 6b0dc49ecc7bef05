"""Read the CSVs of a run folder, each checked; an error names the file."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from factories import shown

from ..core.errors import RunError
from ..core.readings import READINGS
from ..core.text import from_csv
from .folder import HOST
from .packed import unpacked

_NAMES = (
    *("problem", "optimizer", "call", "identity"),
    *("label", "family", "draw_seeds", "settings", "end", "target_metric", HOST),
    "class",
)
"""Columns that hold texts, which `1e3` and `nan` are too."""
_MISSING = ("", "nan", "NaN")
"""The cells of other columns that hold no number."""
_FIRST_ROW = 2
"""The row of a file that follows its header."""


def read(
    path: Path, columns: Iterable[str], numbers: Iterable[str] = ()
) -> pd.DataFrame:
    """Read a CSV of a run folder, perhaps gzipped, that has these columns.

    Args:
        path: Of the file.
        columns: Those that it has.
        numbers: Those that hold numbers alone, where the file has them.

    Raises:
        RunMissing: It is missing.
        RunError: It is not a table, a column is missing, or a cell holds no number.
    """
    rows = with_columns(path, _named(path, unpacked(path)), columns)
    refuse_texts(path, rows, numbers)
    return rows


def with_columns(
    path: Path, rows: pd.DataFrame, columns: Iterable[str]
) -> pd.DataFrame:
    """Return the rows; columns that an older file lacks have their default value.

    Raises:
        RunError: A column is missing that files of all versions have.
    """
    added = {**dict.fromkeys(READINGS, 0), "target_metric": "", "class": ""}
    absent = [name for name in columns if name not in rows]
    if missing := [name for name in absent if name not in added]:
        raise RunError(f"{path}: no column {missing[0]!r}")
    filled = rows.assign(**{name: added[name] for name in absent})
    return filled.reindex(columns=list(columns)) if absent else rows


def refuse_texts(path: Path, rows: pd.DataFrame, numbers: Iterable[str]) -> None:
    """Check that columns hold numbers alone.

    Raises:
        RunError: One does not; its first such cell is named.
    """
    for name in rows.columns.intersection(list(numbers), sort=False):
        cells = rows[name]
        if cells.empty or pd.api.types.is_numeric_dtype(cells):
            continue
        read = pd.Series(pd.to_numeric(cells, errors="coerce"), cells.index)
        wrong = cells.notna() & read.isna()
        place = int(wrong.to_numpy().argmax())
        raise RunError(
            f"{path}: row {place + _FIRST_ROW}, column {name!r}: "
            f"{shown(cells.iloc[place])} is no number"
        )


def parsed(path: Path, text: bytes, **options: Any) -> pd.DataFrame:
    """Return the table that a text holds.

    Args:
        path: Of the file that an error names.
        text: CSV.
        **options: Of pandas' reader.

    Raises:
        RunError: It is no table.
    """
    try:
        return pd.read_csv(io.BytesIO(text), **options)
    except ValueError as error:  # pandas' own errors are ValueErrors
        raise RunError(f"{path}: not a table: {error}") from None


def _named(path: Path, text: bytes) -> pd.DataFrame:
    """Read a CSV whose names are texts, also those that look like numbers."""
    columns = parsed(path, text, nrows=0).columns
    names = [name for name in _NAMES if name in columns]
    missing = dict.fromkeys(columns.difference(names), _MISSING)
    texts = dict.fromkeys(names, "str")
    rows = parsed(path, text, dtype=texts, keep_default_na=False, na_values=missing)
    return rows.assign(**{name: rows[name].map(from_csv) for name in names})
