"""The tables of an optimizer's rank, as rank.md shows them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from ...core.text import for_markdown
from .. import format
from ..format import NEVER, NOTHING, Table, markdown
from ..tables.findings import finding_tables
from ..tuning import choices
from .verdict import Verdict
from .words import paragraph, sentences


def text(verdict: Verdict) -> str:
    """Return rank.md: a paragraph, what does not fit or run, and all tables."""
    field = verdict.joined.field.record.name
    title = for_markdown(f"{verdict.label} in the field of {field}")
    said = [for_markdown(line) for line in (paragraph(verdict), *sentences(verdict))]
    shown = (markdown(marked(table, verdict.label)) for table in tables(verdict))
    return "\n\n".join([f"# {title}", *said, *shown]) + "\n"


def tables(verdict: Verdict) -> list[Table]:
    """Return all tables, the ranks by calls first."""
    found = [*rank_tables(verdict), *_classes(verdict), *problem_tables(verdict)]
    return [*found, *_tuning(verdict), *_times(verdict), *_not_run(verdict)]


def marked(table: Table, label: str) -> Table:
    """Return a table with the newcomer's row marked."""
    own = (place for place, row in enumerate(table.rows) if row[:1] == (label,))
    return replace(table, marked=frozenset(own))


def rank_tables(verdict: Verdict) -> list[Table]:
    """Return the tables of all optimizers by calls, one for each part."""
    found = finding_tables({"comparison": verdict.comparison}) if verdict.places else []
    of = verdict.joined.field
    note = f"calls at the prices of the machine of {of.record.name}"
    return [replace(table, notes=(*table.notes, note)) for table in found]


def _classes(verdict: Verdict) -> Iterator[Table]:
    """Yield where the newcomer ranks on each class of problems, at each target."""
    cells = []
    keys = ["part", "class", "target"]
    groups = verdict.classes.groupby(keys, sort=False) if len(verdict.classes) else ()
    for key, rows in groups:
        listed = rows.sort_values("rank", kind="stable").to_dict("records")
        cells += [
            _class_row(key, row, listed)
            for row in listed
            if row["optimizer"] == verdict.label
        ]
    columns = ("problems", "targets", "solved", "area", "rank", "likely ranks", "first")
    note = "targets: 1 is the hardest of each problem; first: who ranks first, its area"
    if cells:
        title = f"{verdict.label} by class and target, forward-pass equivalents"
        yield Table(title, columns, tuple(cells), (note,))


def _class_row(key: Any, row: Mapping, listed: Sequence[Mapping]) -> tuple[str, ...]:
    part, name, target = key
    words = ", ".join(filter(None, [part, name])) or "all"
    solved = f"{round(row['solved'] * row['problems'])} of {row['problems']}"
    low, high = (f"{row[end]:.0f}" for end in ("rank_low", "rank_high"))
    first = f"{listed[0]['optimizer']} {listed[0]['area']:.2f}"
    ranked = f"{row['rank']:.0f} of {len(listed)}"
    likely = low if low == high else f"{low} to {high}"
    return words, str(target), solved, f"{row['area']:.3f}", ranked, likely, first


def problem_tables(verdict: Verdict) -> Iterator[Table]:
    """Yield the problems of each part: where it wins and loses, and by how much."""
    rows = verdict.by_problem
    for part, own in rows.groupby("part", sort=False):
        ordered = own.sort_values("ratio", kind="stable").to_dict("records")
        cells = tuple(_problem_row(row) for row in ordered)
        of_part = f", {part}" if part else ""
        title = f"{verdict.label} on each problem{of_part}, forward-pass equivalents"
        columns = ("problem", "best of the field", "its cost", "cost")
        columns += ("cost / best", "place")
        notes = (
            "medians over seeds to the hardest target; below 1: cheaper than all of "
            "the field",
        )
        name = f"problems {part}".strip()
        yield Table(title, columns, cells, notes, name=name)


def _problem_row(row: Mapping[str, Any]) -> tuple[str, ...]:
    neither = not isfinite(row["least"])
    return (
        row["problem"],
        NOTHING if neither else row["rival"],
        format.count(row["least"]),
        format.count(row["cost"]),
        factor(row["ratio"]),
        NOTHING if not isfinite(row["cost"]) else f"{row['place']} of {row['of']}",
    )


def factor(ratio: float) -> str:
    """Return a ratio with three digits; 0 stands for a field that never arrives."""
    if ratio != ratio:
        return NOTHING
    if not isfinite(ratio):
        return NEVER
    return "alone" if ratio == 0 else format.Number(f"{ratio:.3g}")


def _tuning(verdict: Verdict) -> Iterator[Table]:
    """Yield the chosen settings of each problem, and what they were worth."""
    if not verdict.is_tuned:
        return
    chosen = choices(verdict.joined.results).to_dict("records")
    own = {r["problem"]: r for r in chosen if r["optimizer"] == verdict.label}
    costs = {row["problem"]: row for row in verdict.by_problem.to_dict("records")}
    cells = tuple(
        (
            problem,
            format.settings(own[problem]["chosen"]),
            *_worth(costs.get(problem)),
            own[problem]["at_edge"] or NOTHING,
        )
        for problem in verdict.joined.planned
        if problem in own
    )
    columns = ("problem", "chosen", "untuned", "tuned", "untuned / tuned", "at an edge")
    note = "forward-pass equivalents to the hardest target, medians over seeds"
    if cells:
        title = f"{verdict.label}: what tuning was worth"
        yield Table(title, columns, cells, (note,))


def _worth(row: Mapping[str, Any] | None) -> tuple[str, str, str]:
    if row is None or row["untuned"] != row["untuned"]:
        return NOTHING, NOTHING, NOTHING
    tuned, untuned = row["cost"], row["untuned"]
    both = isfinite(tuned) and isfinite(untuned) and tuned > 0
    worth = f"{untuned / tuned:.3g}" if both else NOTHING
    return format.count(untuned), format.count(tuned), worth


def _times(verdict: Verdict) -> Iterator[Table]:
    """Yield the tables by seconds of what ran here."""
    if not verdict.timed:
        return
    machine = verdict.joined.run.record.machine.get("processor") or "this machine"
    note = f"all of these ran together on this machine ({machine})"
    for table in finding_tables({"comparison": verdict.time_comparison}):
        yield replace(table, notes=(*table.notes, note))
    cells = tuple(
        (rival, part or "all", str(count), format.NOTHING if not count else f"{x:.3g}")
        for part, rival, x, count in verdict.time_ratios
    )
    columns = ("rival", "problems", "both reach", f"time of {verdict.label} / its")
    yield Table(f"{verdict.label}: time beside its rivals", columns, cells, (note,))


def _not_run(verdict: Verdict) -> Iterator[Table]:
    """Yield where the newcomer could not run, with the reason."""
    cells = tuple(verdict.joined.not_run)
    if cells:
        yield Table(f"Where {verdict.label} cannot run", ("problem", "reason"), cells)
