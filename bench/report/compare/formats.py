"""A comparison of two runs as text, Markdown or JSON."""

import json
from collections.abc import Callable, Iterable, Iterator
from math import isfinite, log
from typing import Any

from rich.cells import cell_len

from ...core.text import for_markdown, one_line
from ..format import NOTHING, Table, seconds, section_text
from .exact import PairRow
from .headline import headline
from .junit import junit_text
from .report import Report
from .seconds import TimeRow, percent

CHANGES = ("problem", "optimizer", "verdict", "seeds", "one of them")
RATIO = ("B over A", "from", "to", "verdict")
UNCHANGED = "settings, machine and versions are the same"


def tables(report: Report) -> Iterator[Table]:
    """Yield the tables of a comparison."""
    exact, timed = report.exact, report.timed
    rows = tuple(_changes(row) for row in exact.rows if row.differing)
    yield Table("Calls, losses and ends", CHANGES, rows, exact.notes)
    rows = tuple(
        (row.problem, row.optimizer, seconds(row.a), seconds(row.b), *_ratio(row))
        for row in timed.rows
    )
    columns = ("problem", "optimizer", "A", "B", *RATIO)
    yield Table("Seconds of the same work", columns, rows, timed.notes)
    if timed.optimizers:
        rows = tuple(
            (row.optimizer, str(row.problems), *_ratio(row)) for row in timed.optimizers
        )
        yield Table("Seconds by optimizer", ("optimizer", "problems", *RATIO), rows)


def _changes(row: PairRow) -> tuple[str, ...]:
    shown = f"{row.differing} of {len(row.seeds)}"
    return row.problem, row.optimizer, row.verdict, shown, row.worst.words


def _ratio(row: TimeRow) -> tuple[str, ...]:
    numbers = (row.ratio, row.low, row.high)
    return *(f"{x:.3f}" if isfinite(x) else NOTHING for x in numbers), _verdict(row)


def _verdict(row: TimeRow) -> str:
    known = row.verdict == "undecided" and isfinite(row.least)
    return f"{row.verdict}{f': {percent(log(row.least))} would be detected' * known}"


def _head(report: Report) -> tuple[str, list[str]]:
    """Return the words above the list of changes, and the list."""
    first = f"A: {report.a}, B: {report.b}; changed from A to B:"
    return first, list(report.changed) or [UNCHANGED]


def markdown_text(report: Report) -> str:
    """Return a comparison as Markdown, for example for the page of a CI job."""
    first, lines = _head(report)
    listed = [f"- {for_markdown(line)}" for line in lines]
    head = [for_markdown(first), "", *listed]
    parts = [f"**{for_markdown(headline(report))}**", "\n".join(head)]
    return "\n\n".join([*parts, *map(section_text, tables(report))]) + "\n"


def plain_text(report: Report) -> str:
    """Return a comparison as text for a terminal, without markup."""
    first, lines = _head(report)
    head = [headline(report), "", first, *(f"- {line}" for line in lines)]
    head = [*map(one_line, head)]
    return "\n\n".join(["\n".join(head), *map(_plain, tables(report))]) + "\n"


def _plain(table: Table) -> str:
    """Return a table as text with aligned columns."""
    rows = [tuple(map(one_line, row)) for row in (table.columns, *table.rows)]
    rows = rows if table.rows else []
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    notes = [f"- {one_line(note)}" for note in table.notes]
    parts = [[table.title.upper()], lines, notes]
    return "\n".join(line for part in parts for line in part)


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    pairs = zip(row, widths, strict=True)
    return "  ".join(
        f"{cell}{' ' * (n - cell_len(cell))}" for cell, n in pairs
    ).rstrip()


def json_text(report: Report) -> str:
    """Return a comparison as JSON: all verdicts, with the numbers they rest on."""
    plain = {
        "headline": headline(report),
        "worse": report.worse,
        "a": report.a,
        "b": report.b,
        "changed": list(report.changed),
        "not_compared": _apart(report.apart),
        "seconds_not_compared": _apart(report.untimed),
        "exact": [_exact(row) for row in report.exact.rows],
        "seconds": [row._asdict() for row in report.timed.rows],
        "seconds_by_optimizer": [row._asdict() for row in report.timed.optimizers],
        "machine": report.timed.machine,
        "notes": [*report.exact.notes, *report.timed.notes],
    }
    return json.dumps(_finite(plain), indent=1, ensure_ascii=False) + "\n"


def _apart(pairs: Iterable[tuple[str, str, str]]) -> list[dict[str, str]]:
    names = ("problem", "optimizer", "reason")
    return [dict(zip(names, pair, strict=True)) for pair in pairs]


def _exact(row: PairRow) -> dict[str, Any]:
    return {
        "problem": row.problem,
        "optimizer": row.optimizer,
        "verdict": row.verdict,
        "seeds": len(row.seeds),
        "differing": row.differing,
        "changes": [change._asdict() for change in row.worst.changes]
        if row.seeds
        else [],
    }


def _finite(plain: Any) -> Any:
    """Return plain values; numbers that JSON lacks are null."""
    if isinstance(plain, dict):
        return {key: _finite(value) for key, value in plain.items()}
    if isinstance(plain, list):
        return [_finite(value) for value in plain]
    return None if isinstance(plain, float) and not isfinite(plain) else plain


FORMATS: dict[str, Callable[[Report], str]] = {
    "text": plain_text,
    "json": json_text,
    "markdown": markdown_text,
    "junit": junit_text,
}
