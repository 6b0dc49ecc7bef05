"""A run's tables in a format: printed as one text, or as a file each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from factories import nearest

from ...core.errors import BenchError
from ...core.formats import TABLES
from ...core.text import file_names
from ..format import Table, csv_text, markdown
from .latex import NEEDS, latex
from .raw import json_text
from .summary import SUMMARY, Tables

NAMES = (
    *(SUMMARY, "prices", "footprints", "targets", "tuning", "best_of_k", "comparison"),
    *("success", "break_even", "predicted", "classes", "costs", "durations"),
)
"""Of the tables that a run may have."""
_T = TypeVar("_T")


def text_of(tables: Tables, form: str, names: Sequence[str] = ()) -> str:
    """Return tables as one text.

    Args:
        tables: Of a run.
        form: A name of `core.formats.TABLES`.
        names: Of the tables; by default the one of the problems as CSV and LaTeX, and
            all as JSON and Markdown.

    Raises:
        BenchError: There is no such table, or CSV cannot hold several.
    """
    if form == "csv" and len(names) > 1:
        raise BenchError("--format csv prints one table: give one --table, or --out")
    if form == "json":
        frames = _chosen(tables.frames(), form, names)
        return json_text(tables.results.run.record.name, frames)
    if form in ("csv", "latex"):
        names = names or (SUMMARY,)
    head = NEEDS if form == "latex" else ""
    return head + "\n".join(_files(tables, form, names).values())


def files_of(tables: Tables, form: str, names: Sequence[str] = ()) -> dict[str, str]:
    """Return the text of each table's file, by the file's name.

    Args:
        tables, form: As in `text_of`.
        names: Of the tables; by default all.

    Raises:
        BenchError: There is no such table.
    """
    head = NEEDS if form == "latex" else ""
    files = _files(tables, form, names).items()
    return {f"{stem}{TABLES[form]}": f"{head}{text}" for stem, text in files}


def _files(tables: Tables, form: str, names: Sequence[str]) -> dict[str, str]:
    """Return the text of each file by its name without suffix."""
    if form == "csv":
        frames = _chosen(tables.frames(), form, names)
        return {name: csv_text(frame) for name, frame in frames.items()}
    if form == "json":
        run, frames = tables.results.run, _chosen(tables.frames(), form, names)
        one = {name: {name: frame} for name, frame in frames.items()}
        return {name: json_text(run.record.name, each) for name, each in one.items()}
    shown = _chosen(tables.named(narrow=form == "latex"), form, names)
    if form == "latex":
        stems = {stem: t for name in shown for stem, t in _apart(name, shown[name])}
        return {stem: latex(table, f"tab:{stem}") for stem, table in stems.items()}
    return {
        name: "\n\n".join(map(markdown, of_name)) + "\n"
        for name, of_name in shown.items()
    }


def _apart(name: str, tables: Sequence[Table]) -> list[tuple[str, Table]]:
    """Return the tables of a name, each with a name of its own."""
    if len(tables) == 1:
        return [(name, tables[0])]
    own = file_names([table.name or table.title for table in tables], name)
    return [(f"{name}-{own[table.name or table.title]}", table) for table in tables]


def refuse_unknown(names: Sequence[str], known: Iterable[str]) -> None:
    """Check that tables have these names.

    Args:
        names: Of tables that a run may have.
        known: Those that this one has: the nearest is named.

    Raises:
        BenchError: No table has such a name.
    """
    for name in names:
        if name not in NAMES:
            near = nearest(name, known)
            raise BenchError(f"--table {name}: no table has this name.{near}")


def _chosen(
    known: Mapping[str, _T], form: str, names: Sequence[str]
) -> Mapping[str, _T]:
    """Return the tables of these names; all for none.

    Raises:
        BenchError: There is no such table in the run.
    """
    refuse_unknown(names, known)
    for name in names:
        if name not in known:
            there = ", ".join(known) or "no trials yet"
            raise BenchError(f"no table {name} of this run as {form}: it has {there}")
    return {name: known[name] for name in names} if names else known
