"""A table as text, its columns in line."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One table as text: its heading, its columns, its cells, what to know of it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def markdown(table: Table) -> str:
    """Return a table as Markdown whose columns line up as plain text too."""
    rows = [tuple(cell.replace("|", "\\|") for cell in row) for row in table.rows]
    widths = [
        max(map(len, column)) for column in zip(table.columns, *rows, strict=True)
    ]
    lines = [_line(table.columns, widths), _rule(widths)]
    lines += [_line(row, widths) for row in rows]
    notes = [f"- {note}" for note in table.notes]
    return "\n".join(
        [f"## {table.title}", "", *lines, *([""] if notes else []), *notes]
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    padded = [
        cell.rjust(width) if i > 1 else cell.ljust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"| {' | '.join(padded)} |"


def _rule(widths: list[int]) -> str:
    rules = [
        "-" * (width + 1) + (":" if i > 1 else "-") for i, width in enumerate(widths)
    ]
    return f"|{'|'.join(rules)}|"
