"""Two runs compared, as text for people, and whether anything became worse."""

from pathlib import Path

from ...store.run import Run, load
from ..format import Section
from ..groups import Results
from . import changes, exact, seconds
from .pairs import Matched, match, traced_trials


def compare_runs(folder_a: str | Path, folder_b: str | Path) -> Section:
    """Compare run B with run A.

    Args:
        folder_a: The run folder of the baseline.
        folder_b: The run folder that is compared with it.

    Returns:
        Markdown whose tables line up as plain text too, and whether a count, a loss,
        an end or seconds are worse in B.

    Raises:
        RunError, RunMissing, StoreError: As `bench.load`.
    """
    a, b = load(folder_a), load(folder_b)
    matched = match(a, b)
    sides = [
        (traced_trials(a, pair.a), traced_trials(b, pair.b)) for pair in matched.pairs
    ]
    sections = [Section(_head(a, b, matched))]
    if sides:
        given = (matched.pairs, sides)
        sections.append(exact.section(*given, Results(a), changes.alike(a, b)))
        sections.append(seconds.section(*given))
    text = "\n\n".join(section.text for section in sections)
    return Section(f"{text}\n", any(section.worse for section in sections))


def _head(a: Run, b: Run, matched: Matched) -> str:
    """Return what changed in settings and environment, and what cannot be compared."""
    lines = [f"setting {line}" for line in changes.settings(a, b)]
    lines += changes.environment(a, b)
    for word, groups in (("A", matched.only_a), ("B", matched.only_b)):
        lines += [f"only in {word}: {g.optimizer} on {g.problem}" for g in groups]
    if not matched.pairs:
        lines.append("no optimizer on any problem is in both")
    if not lines:
        lines.append("settings, machine and versions are the same")
    first = f"A: {a.folder}, B: {b.folder}; changed from A to B:"
    return "\n".join([first, "", *(f"- {line}" for line in lines)])
