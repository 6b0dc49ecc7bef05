"""A run's summary as files and for the terminal; units are put on here alone."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ..keeping import files
from ..keeping.reading import Run, load
from . import findings_tables, units
from .findings import QUESTIONS, findings
from .layout import Table, markdown
from .summary import summarize

if TYPE_CHECKING:
    from rich.console import Console

COSTS = (
    ("seconds", "time", units.seconds),
    ("gradient", "gradients", units.count),
    ("forward", "forwards", units.count),
    ("forward_equivalents", "forward equivalents", units.count),
)
CALLS = ("forward", "point", "gradient", "jvp", "hvp", "hessian")


def write(folder: str | Path) -> str:
    """Write summary.csv and `findings` (raw SI numbers), and summary.md (for people).

    Args:
        folder: A run folder.

    Returns:
        The text of summary.md: the same files give the same bytes.

    Raises:
        RunError, RunMissing: As `bench.load`.
        DiskFull, StoreError: A file cannot be written.
    """
    run = load(folder)
    summary, found = summarize(run), findings(run)
    text = "\n\n".join(map(markdown, tables(run, summary, found))) + "\n"
    for name, table in {"summary": summary, **found}.items():
        files.write(run.folder / f"{name}.csv", table.to_csv(index=False))
    for name in QUESTIONS.keys() - found:  # answered by an earlier plan
        (run.folder / f"{name}.csv").unlink(missing_ok=True)
    files.write(run.folder / "summary.md", text)
    return text


def render(folder: str | Path, console: "Console") -> None:
    """Print a run's tables on a rich console.

    Args:
        folder: A run folder.
        console: Where to.

    Raises:
        RunError, RunMissing: As `bench.load`.
    """
    from rich.markup import escape
    from rich.table import Table as Grid

    run = load(folder)
    for table in tables(run, summarize(run), findings(run)):
        grid = Grid(title=escape(table.title), title_justify="left")
        for i, column in enumerate(table.columns):
            grid.add_column(escape(column), justify="right" if i > 1 else "left")
        for row in table.rows:
            grid.add_row(*map(escape, row))
        console.print(grid, *map(escape, table.notes), sep="\n")


def tables(
    run: Run, summary: pd.DataFrame, found: Mapping[str, pd.DataFrame]
) -> list[Table]:
    """Return a table a problem, best optimizer first, the prices, the findings."""
    if summary.empty:
        return [Table("No trials yet", ("optimizer",), ())]
    by_problem = summary.groupby("problem", sort=False)
    shown = [_problem(str(name), rows) for name, rows in by_problem]
    others = len(run.records) - sum(summary["finished"].tolist())
    if others:
        note = f"trials of another plan left out: {others}"
        shown[-1] = replace(shown[-1], notes=(*shown[-1].notes, note))
    prices = [] if run.prices is None else [of_prices(run.prices)]
    return [*shown, *prices, *findings_tables.tables(found)]


def _problem(problem: str, rows: pd.DataFrame) -> Table:
    ranked = rows.sort_values(["seconds_to_target", "final_loss"], kind="stable")
    shown = "suboptimality" if _known(ranked, "optimum") else "loss"
    aimed = _known(ranked, "target_loss")
    columns = ("optimizer", "ends", *(_headings() if aimed else ()))
    columns += (f"final {shown}", f"best {shown}", "steps", "steps/s", "compile")
    cells = tuple(_cells(row, shown, aimed) for row in ranked.to_dict("records"))
    return Table(_title(problem, ranked), columns, cells, tuple(_notes(ranked, aimed)))


def _headings() -> tuple[str, ...]:
    return tuple(f"{name} to target" for _, name, _ in COSTS)


def _cells(row: dict, shown: str, aimed: bool) -> tuple[str, ...]:
    costs = (_interval(row, cost, form) for cost, _, form in COSTS if aimed)
    return (
        row["optimizer"],
        row["ends"],
        *costs,
        units.loss(row[f"final_{shown}"]),
        units.loss(row[f"best_{shown}"]),
        units.count(row["steps"]),
        units.count(row["steps_per_second"]),
        units.seconds(row["compile_seconds"]),
    )


def _interval(row: dict, cost: str, form) -> str:
    name = f"{cost}_to_target"
    middle, low, high = (form(row[name + end]) for end in ("", "_low", "_high"))
    return middle if low == high else f"{middle} [{low}, {high}]"


def _title(problem: str, rows: pd.DataFrame) -> str:
    words = [*rows["dtype"].unique(), *rows["device"].unique()]
    return ", ".join(dict.fromkeys(filter(None, [problem, *map(str, words)])))


def _notes(rows: pd.DataFrame, aimed: bool):
    if aimed:
        yield f"target: loss {_first(rows, 'target_loss'):.8g}"
    if _known(rows, "optimum"):
        yield f"least loss: {_first(rows, 'optimum'):.8g} (certified)"
    if aimed:
        yield _coverage(rows)
    for row in rows.to_dict("records"):
        if row["reason"]:
            yield f"{row['optimizer']}: {row['reason']}"


def _known(rows: pd.DataFrame, column: str) -> bool:
    return bool(rows[column].notna().any())


def _first(rows: pd.DataFrame, column: str) -> float:
    return float(rows[column].dropna().iloc[0])


def _coverage(rows: pd.DataFrame) -> str:
    known = rows[rows["coverage"].notna()].groupby("seeds", sort=True)["coverage"]
    parts = [
        f"{100 * chance:.3g} % with {seeds} seed{'s' * (seeds != 1)}"
        for seeds, chance in known.first().items()
    ]
    if max(rows["seeds"]) == 1:
        return "one seed; a trial that never arrives costs infinity"
    few = " (min to max below 6 seeds)" if min(rows["seeds"]) < 6 else ""
    return (
        f"medians over seeds [order statistics{few}, which hold the median with "
        f"chance {', '.join(parts)}]; a trial that never arrives costs infinity"
    )


def of_prices(prices: pd.DataFrame) -> Table:
    """Return what each kind of call costs, and what it makes of the machine."""
    names = tuple(f"{call}" for call in CALLS if call in set(prices["call"]))
    rows = []
    for problem, calls in prices.groupby("problem", sort=False):
        known = calls.set_index("call")
        rows.append((str(problem), "time", *_row(known, "seconds", names)))
        rows.append(("", "ratio", *_row(known, "ratio_to_forward", names)))
        rows += [("", *row) for row in _rates(known, names)]
    notes = ["time of one call; ratio: over one forward pass"]
    if "most_flops_per_second" not in prices:  # of an older run
        return Table("Prices", ("problem", "", *names), tuple(rows), tuple(notes))
    notes.append(
        "FLOP/s, bytes/s: XLA's count for one call over its time, whether the bytes "
        "are in a cache or not; ceiling: a large matrix product, a large copy"
    )
    width = len(names) + 3
    cells = tuple((*row, "")[:width] for row in rows)
    return Table("Prices", ("problem", "", *names, "ceiling"), cells, tuple(notes))


def _rates(known: pd.DataFrame, names: tuple[str, ...]):
    """Yield what the calls reach, and last the most that the machine reached."""
    for name, column in (("FLOP/s", "flops"), ("bytes/s", "bytes")):
        if f"most_{column}_per_second" in known:
            most = float(known[f"most_{column}_per_second"].to_numpy(float)[0])
            reached = _row(known, f"{column}_per_second", names)
            yield (name, *reached, units.rate(most))


_FORMS = {"seconds": units.seconds, "ratio_to_forward": units.count}


def _row(known: pd.DataFrame, column: str, names: tuple[str, ...]) -> list[str]:
    form = _FORMS.get(column, units.rate)
    numbers = known[column].reindex(list(names)).astype(float)
    return [form(float(number)) for number in numbers]
