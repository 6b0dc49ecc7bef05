"""A part of the comparison of two runs."""

from typing import NamedTuple

from ..telling.tables import Table, markdown


class Section(NamedTuple):
    """A text for people, and whether it says that something became worse."""

    text: str
    worse: bool = False


def written(table: Table) -> str:
    """Return a table as Markdown, its heading and notes alone where it has no rows."""
    if table.rows:
        return markdown(table)
    notes = [f"- {note}" for note in table.notes]
    return "\n".join([f"## {table.title}", "", *notes])
