"""Formatted numbers, and tables as Markdown."""

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor, isfinite, isinf, isnan, log10
from typing import NamedTuple, Self

import pandas as pd

from ..core.text import for_csv, for_markdown

NOTHING = "–"
NEVER = "never"
MARK = "→ "
"""Before the first cell of a marked row."""
_PREFIXES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Number(str):
    """The text of a number, which other formats than Markdown set in their own way.

    Attributes:
        digits: Without the unit.
        unit: After a space; empty for none.
    """

    digits: str
    unit: str

    def __new__(cls, digits: str, unit: str = "") -> Self:
        """Return the text `digits unit`."""
        made = super().__new__(cls, f"{digits} {unit}" if unit else digits)
        made.digits, made.unit = digits, unit
        return made


class Estimate(str):
    """The text of a number and its interval: `middle [low, high]`.

    Attributes:
        parts: The texts of the three; of the number alone if the others equal it.
    """

    parts: tuple[str, ...]

    def __new__(cls, middle: str, low: str, high: str) -> Self:
        """Return the text."""
        alone = low == high
        made = super().__new__(cls, middle if alone else f"{middle} [{low}, {high}]")
        made.parts = (middle,) if alone else (middle, low, high)
        return made


def seconds(value: float) -> str:
    """Return a duration with three digits: `1.23 ms`; `never` for inf."""
    if word := _word(value):
        return word
    if value == 0:
        return Number("0", "s")
    size, unit = next((p for p in _PREFIXES if value >= 0.9995 * p[0]), _PREFIXES[-1])
    return Number(_digits(value / size), unit)


def count(value: float) -> str:
    """Return a number of calls, exact up to 99,999: `1,234`, `2.5`, `1.23e+06`."""
    if word := _word(value):
        return word
    if abs(value) >= 99_999.5:
        return Number(f"{value:.3g}")
    return Number(f"{value:,.0f}" if value == round(value) else _digits(value))


def rate(value: float) -> str:
    """Return a rate per second with three digits: `12.3 G`, `999 k`."""
    return amount(value, "")


def amount(value: float, unit: str) -> str:
    """Return an amount with three digits and its unit: `9.69 kB`, `2.00`."""
    if word := _word(value):
        return word
    scales = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (0.0, ""))
    size, prefix = next(scale for scale in scales if value >= 0.9995 * scale[0])
    return Number(_digits(value / (size or 1.0)), f"{prefix}{unit}")


FORMATS = {"duration": seconds, "count": count}
"""By the name of the format of a unit of cost."""


def loss(value: float) -> str:
    """Return a loss or suboptimality with three digits: `0.0123`, `1.2e-08`."""
    return NOTHING if isnan(value) else Number(f"{value:.3g}")


def power(exponent: int) -> str:
    """Return a power of ten as text without markup: `10⁻³`."""
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def settings(text: str) -> str:
    """Return settings as JSON in words: `learning_rate 0.1, max_steps 50`."""
    named = json.loads(text).items()
    words = (f"{k} {x:g}" if type(x) is float else f"{k} {x}" for k, x in named)
    return ", ".join(words) or NOTHING


def _word(value: float) -> str | None:
    if isnan(value):
        return NOTHING
    return NEVER if isinf(value) else None


def _digits(value: float) -> str:
    """Return three significant digits, without exponent, with thousands separators."""
    places = max(0, 2 - floor(log10(abs(value)))) if value else 0
    rounded = round(value, places)
    places = max(0, 2 - floor(log10(abs(rounded)))) if rounded else 0
    return f"{rounded:,.{places}f}"


@dataclass(frozen=True)
class Table:
    """A table as plain text without markup.

    Attributes:
        title: Its heading.
        columns, rows: The headings of its columns, and its cells.
        notes: Lines below it.
        best: Row and column of the cells that are best in their column.
        name: Which of several tables of a kind, for the name of a file.
        marked: The rows of what the table is about.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    best: frozenset[tuple[int, int]] = frozenset()
    name: str = ""
    marked: frozenset[int] = frozenset()


def best_rows(values: Sequence[float], rising: bool = False) -> Iterable[int]:
    """Return the rows with the best of a column's values; none if all are as good.

    Args:
        values: Of the column; those that are not finite are not best.
        rising: Whether more is better.
    """
    known = [value for value in values if isfinite(value)]
    best = (max if rising else min)(known, default=None)
    rows = [row for row, value in enumerate(values) if value == best]
    return rows if len(rows) < len(values) else ()


def markdown(table: Table) -> str:
    """Return a table as Markdown with aligned columns; marked rows have an arrow."""
    columns, *rows = (
        tuple(map(for_markdown, row)) for row in (table.columns, *table.rows)
    )
    for place in table.marked:
        first, *others = rows[place]
        rows[place] = (f"{MARK}{first}", *others)
    widths = [max(map(_width, column)) for column in zip(columns, *rows, strict=True)]
    lines = [_line(columns, widths), _rule(widths)]
    lines += [_line(row, widths) for row in rows]
    head, notes = _head(table), _notes(table)
    return "\n".join([head, "", *lines, *([""] if notes else []), *notes])


def _head(table: Table) -> str:
    return f"## {for_markdown(table.title)}"


def _notes(table: Table) -> list[str]:
    return [f"- {for_markdown(note)}" for note in table.notes]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = []
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        room = " " * (width - _width(cell))
        padded.append(room + cell if place > 1 else cell + room)
    return f"| {' | '.join(padded)} |"


def _width(text: str) -> int:
    """Return the columns that a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def _rule(widths: list[int]) -> str:
    rules = [
        "-" * (width + 1) + (":" if i > 1 else "-") for i, width in enumerate(widths)
    ]
    return f"|{'|'.join(rules)}|"


class Section(NamedTuple):
    """A section of a report, and whether it states that something is worse."""

    text: str
    worse: bool = False


def section_text(table: Table) -> str:
    """Return a table as Markdown; only its heading and notes if it has no rows."""
    if table.rows:
        return markdown(table)
    return "\n".join([_head(table), "", *_notes(table)])


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV whose texts no spreadsheet takes for formulas."""
    texts = {
        name: table[name].map(lambda cell: for_csv(cell) if type(cell) is str else cell)
        for name in table.columns
        if not pd.api.types.is_numeric_dtype(table[name])
    }
    return table.assign(**texts).to_csv(index=False, lineterminator="\n")
