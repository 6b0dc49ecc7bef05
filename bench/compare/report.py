"""Two runs compared, as text for people, and whether anything became worse."""

from pathlib import Path

from ..keeping.reading import Run, load
from . import changes, exact_table, seconds_table
from .matching import Matched, match
from .section import Section
from .work import trials


def compare(folder_a: str | Path, folder_b: str | Path) -> Section:
    """Hold run B against run A.

    Args:
        folder_a: A run folder, of how it was.
        folder_b: A run folder, of how it is.

    Returns:
        Markdown whose tables line up as plain text too, and whether a count, a loss,
        an end or seconds are worse in B.

    Raises:
        RunError, RunMissing, StoreError: As `bench.load`.
    """
    a, b = load(folder_a), load(folder_b)
    matched = match(a, b)
    sides = [(trials(a, cell.a), trials(b, cell.b)) for cell in matched.cells]
    sections = [Section(_head(a, b, matched))]
    if sides:
        given = (matched.cells, sides)
        sections.append(exact_table.section(*given, a.prices, changes.alike(a, b)))
        sections.append(seconds_table.section(*given))
    text = "\n\n".join(section.text for section in sections)
    return Section(f"{text}\n", any(section.worse for section in sections))


def _head(a: Run, b: Run, matched: Matched) -> str:
    """Return what changed in settings and environment, and what cannot be compared."""
    lines = [f"setting {line}" for line in changes.settings(a, b)]
    lines += changes.environment(a, b)
    for word, entries in (("A", matched.only_a), ("B", matched.only_b)):
        lines += [f"only in {word}: {e.optimizer} on {e.problem}" for e in entries]
    if not matched.cells:
        lines.append("no optimizer on any problem is in both")
    if not lines:
        lines.append("settings, machine and versions are the same")
    first = f"A: {a.folder}, B: {b.folder}; changed from A to B:"
    return "\n".join([first, "", *(f"- {line}" for line in lines)])
