"""The tables of summary.md and short.md, and the files that hold a run's tables."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import isfinite
from operator import itemgetter
from pathlib import Path

import pandas as pd

from ...core.costs import COSTS
from ...core.invariants import is_below
from ...core.text import for_markdown
from ...store import made
from ...store.run import load
from .. import format, metrics
from ..classes import compare_classes
from ..comparison import COMPARED, compare_optimizers, success
from ..costs import kept, trial_costs
from ..disturbed import lines
from ..format import Table, markdown
from ..groups import Results, passes_in_words, unit_of_calls
from ..hosts import by_host
from ..prices import break_even_prices, predict
from ..summary import at_targets, ends_in_words, summarize
from ..tuning import best_of_k, choices
from .classes import class_tables
from .columns import (
    ENDS,
    OPTIMIZER,
    SPEED,
    STEPS,
    TIME,
    Column,
    costs_to_target,
    filled,
    final_metric,
    in_order,
    is_timed,
    known,
    losses,
    passes,
    to_target,
)
from .coverage import intervals
from .durations import duration_table, durations
from .findings import few, named_tables, without_draws
from .footprints import footprint_table, footprints
from .hosts import host_notes, host_table
from .metrics import metric_table
from .prices import price_table

SUMMARY = "summary"
"""The name of the tables of problems."""


def problem_table(problem: str, rows: pd.DataFrame) -> Table:
    """Return the table of a problem.

    Args:
        problem: Its label.
        rows: Of the summary.
    """
    ranked = in_order(rows)
    certified, has_target = known(ranked, "optimum"), known(ranked, "target_loss")
    costs = costs_to_target(ranked) if has_target else ()
    columns = (OPTIMIZER, ENDS, *map(to_target, costs))
    columns += (*losses(certified, has_target), STEPS)
    columns += SPEED if is_timed(rows) else ()
    return _whole(problem, columns, ranked, has_target)


def _whole(
    problem: str, columns: Sequence[Column], rows: pd.DataFrame, has_target: bool
) -> Table:
    made = filled(_title(problem, rows), columns, rows, _notes(rows, has_target))
    return replace(made, name=problem)


def _title(problem: str, rows: pd.DataFrame) -> str:
    words = [*rows["arithmetic"].unique(), *rows["device"].unique()]
    return ", ".join(dict.fromkeys(filter(None, [problem, *map(str, words)])))


def _notes(rows: pd.DataFrame, has_target: bool) -> Iterator[str]:
    if has_target:
        yield f"target: {next(filter(None, rows['target']))}"
        yield from _resolution(rows)
        yield from _unit(rows)
    precisions = ", ".join(sorted(rows["matmul_precision"].unique()))
    yield f"matmul precision: {precisions}"
    if known(rows, "optimum"):
        yield f"least loss: {_least(rows)}"
    if has_target:
        yield _coverage(rows)
    yield from _twins(rows)
    for row in rows.to_dict("records"):
        if row["reason"]:
            yield f"{row['optimizer']}: {row['reason']}"


def _twins(rows: pd.DataFrame) -> Iterator[str]:
    """Yield which optimizers of one family have the same settings: tuned and not."""
    for _, same in rows.groupby(["family", "settings"], sort=False):
        first, *others = same["optimizer"]
        if others:
            yield f"{' and '.join([first, *others])}: the same settings, run apart"


def _unit(rows: pd.DataFrame) -> Iterator[str]:
    """Yield what a forward-pass equivalent is, if one is shown and not over all."""
    sizes, shown = passes(rows), "forward_equivalents"
    if unit_of_calls(sizes) == shown and known(rows, f"{shown}_to_target"):
        yield from filter(None, [passes_in_words(sizes)])


def _least(rows: pd.DataFrame) -> str:
    """Return the certified least loss, or that a lower loss was reached."""
    optimum, lowest = _first(rows, "optimum"), min(rows["best_loss"].to_list())
    if is_below(lowest, optimum, str(rows["dtype"].iloc[0])):
        return f"stated as {optimum:.8g}, which is wrong: {lowest:.8g} was reached"
    return f"{optimum:.8g} (certified)"


def _first(rows: pd.DataFrame, column: str) -> float:
    return float(rows[column].dropna().iloc[0])


def _resolution(rows: pd.DataFrame) -> Iterator[str]:
    steps = max(filter(isfinite, rows["resolution"].to_list()), default=1.0)
    if steps > 1:
        yield (
            "the step that met the target was sought between evaluations up to "
            f"{steps:,.0f} steps apart; it may have been met before, for a while"
        )


def _coverage(rows: pd.DataFrame) -> str:
    never = "a trial that never reaches the target costs infinity"
    if max(rows["seeds"]) == 1:
        return f"one seed; {never}"
    return f"{intervals(rows)}; {never}"


MOST_ROWS = 10
"""Most optimizers in a short table; summary.md has all."""
SPENT = (
    Column("gradients", itemgetter("gradient_spent"), format.count),
    Column("forward passes", itemgetter("forward_spent"), format.count),
)
"""Shown if a problem has no target."""


def short(results: Results, summary: pd.DataFrame, comparison: pd.DataFrame) -> str:
    """Return the text, in Markdown.

    Args:
        results: The results of a run.
        summary: Its rows, one for each problem and optimizer.
        comparison: Of its optimizers over all problems; may be empty.
    """
    parts = [for_markdown(_what(results)), *map(markdown, _problems(results, summary))]
    words = [*winners(results, comparison), *map(_sentence, lines(results.groups))]
    return "\n\n".join([*parts, *map(for_markdown, words)]) + "\n"


def _sentence(line: str) -> str:
    return f"{line}."


def _what(results: Results) -> str:
    """Return the numbers of problems, optimizers, seeds, and trials by their end."""
    groups = results.groups
    ends = Counter(record.end for group in groups for record in group.records)
    if missing := sum(group.missing for group in groups):
        ends["missing"] = missing
    counts = {
        "problem": len({group.problem for group in groups}),
        "optimizer": len({group.optimizer for group in groups}),
        "seed": len({spec.seed for spec in results.run.planned}),
        "trial": sum(ends.values()),
    }
    *words, trials = (f"{n} {word}{'s' * (n != 1)}" for word, n in counts.items())
    name, hosts = results.run.record.name, list(results.run.by_host)
    where = f"; hosts: {', '.join(hosts)}" if hosts else ""
    return f"{name}: {', '.join(words)}; {trials}: {ends_in_words(ends)}{where}"


def _problems(results: Results, summary: pd.DataFrame) -> Iterator[Table]:
    """Yield a short table for each problem, the best optimizer first."""
    for problem, rows in summary.groupby("problem", sort=False) if len(summary) else ():
        ranked = in_order(rows)
        shown = metrics.shown(results.of_problem[str(problem)])
        if known(ranked, "target_loss"):
            columns = _brief_costs(ranked)
        else:
            columns = (*_brief_losses(ranked, shown), *_spent(ranked))
        columns = (OPTIMIZER, ENDS, *columns)
        more = len(ranked) - MOST_ROWS
        notes = [*_unit(ranked)]
        notes += [f"{more} more in summary.md"] if more > 0 else []
        yield filled(str(problem), columns, ranked.head(MOST_ROWS), iter(notes))


def _brief_costs(rows: pd.DataFrame) -> tuple[Column, ...]:
    return tuple(map(_brief, costs_to_target(rows)))


def _brief(cost: str) -> Column:
    column = to_target(cost)
    return column if cost == "seconds" else column._replace(heading=COSTS[cost].words)


def _brief_losses(rows: pd.DataFrame, shown: Sequence[str]) -> tuple[Column, ...]:
    final, _ = losses(known(rows, "optimum"), known(rows, "target_loss"))
    return final, *map(final_metric, shown[:1])


def _spent(rows: pd.DataFrame) -> tuple[Column, ...]:
    return (TIME, *SPENT) if is_timed(rows) else SPENT


def narrow_table(problem: str, rows: pd.DataFrame, shown: Sequence[str]) -> Table:
    """Return the table of a problem with fewer columns, for a page of paper.

    Args:
        problem: Its label.
        rows: Of the summary.
        shown: The columns of the metrics that people look at, as `metrics.shown`.
    """
    ranked = in_order(rows)
    has_target = known(ranked, "target_loss")
    spent = _brief_costs(ranked) if has_target else _spent(ranked)
    columns = (OPTIMIZER, ENDS, *spent, *_brief_losses(ranked, shown))
    return _whole(problem, columns, ranked, has_target)


def winners(results: Results, comparison: pd.DataFrame) -> Iterator[str]:
    """Yield a sentence for each part of the run: which optimizer ranks first."""
    for part in results.parts if len(comparison) else ():
        rows = comparison.query("part == @part and dropped == ''")
        cost = next((cost for cost in COMPARED if cost in set(rows["cost"])), None)
        if cost is not None:
            yield _winner(part, rows.query("cost == @cost"))


def _winner(part: str, rows: pd.DataFrame) -> str:
    ranked = rows.sort_values("rank", kind="stable").to_dict("records")
    first, problems = ranked[0], max(row["problems"] for row in ranked)
    where = f"{problems} problem{'s' * (problems != 1)}"
    where += f" ({part})" if part else ""
    if not first["area"]:
        return f"Over {where} no optimizer reached a target."
    best = [row["optimizer"] for row in ranked if row["rank"] == first["rank"]]
    probability = f"{100 * first['rank_1']:.0f} %"
    low, high = (f"{first[name]:.0f}" for name in ("rank_low", "rank_high"))
    likely = low if low == high else f"{low} to {high}"
    return (
        f"Over {where}, {' and '.join(best)} {'is' if len(best) == 1 else 'are'} the "
        f"best by {COSTS[first['cost']].words} to the target (area under its "
        f"performance profile {first['area']:.2f}), first with a bootstrap probability "
        f"of {probability} (likely rank {likely} of {len(ranked)}{few(problems)}"
        f"{without_draws(ranked)})."
    )


Find = Callable[[Results], pd.DataFrame]
OF_TUNING: dict[str, Find] = {"tuning": choices, "best_of_k": best_of_k}
"""What tuning came to, by the name of its CSV."""
FINDINGS: dict[str, Find] = {
    "targets": at_targets,
    "comparison": compare_optimizers,
    "classes": compare_classes,
    "success": success,
    "break_even": break_even_prices,
    "predicted": predict,
}
"""The comparisons of a run's optimizers over its problems, by name of the CSV."""


class Tables:
    """All tables of a run.

    Args:
        results: The results of the run.

    Attributes:
        summary: A row for each problem and optimizer.
        hosts: A row for each problem, optimizer and host, if there are several hosts.
        findings: By name of the CSV, those for which the run has data.
    """

    def __init__(self, results: Results):
        self.results = results
        self.summary = summarize(results)
        self.hosts = by_host(results)
        finds = OF_TUNING | FINDINGS if results.run.tuned else FINDINGS
        answers = {name: find(results) for name, find in finds.items()}
        self.findings = {n: table for n, table in answers.items() if not table.empty}

    def all(self) -> list[Table]:
        """Return the tables of problems, prices and findings, and of the time spent."""
        return [table for tables in self.named().values() for table in tables]

    def named(self, narrow: bool = False) -> dict[str, list[Table]]:
        """Return the tables by name; some names have one for each problem.

        Args:
            narrow: Whether those of the problems have fewer columns.
        """
        if self.summary.empty:
            return {SUMMARY: [Table("No trials yet", ("optimizer",), ())]}
        by_problem = self.summary.groupby("problem", sort=False)
        shown = [t for n, rows in by_problem for t in self._of(str(n), rows, narrow)]
        run = self.results.run
        notes = [*shown[-1].notes, *lines(self.results.groups), *host_notes(run)]
        others = len(run.records) - sum(self.summary["finished"].tolist())
        if others:
            notes.append(f"trials of another plan left out: {others}")
        shown[-1] = replace(shown[-1], notes=tuple(notes))
        made = {SUMMARY: shown}
        if run.prices is not None:
            made["prices"] = [price_table(run.prices)]
        if (needs := footprint_table(self.summary, run.prices)) is not None:
            made["footprints"] = [needs]
        made |= named_tables(self.findings)
        if (by_class := self.findings.get("classes")) is not None:
            made["classes"] = [*class_tables(by_class)]
        return made | {"durations": [duration_table(self.results)]}

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the raw numbers by name, in SI units."""
        prices = self.results.run.prices
        frames = {
            SUMMARY: self.summary,
            "prices": pd.DataFrame() if prices is None else prices,
            "footprints": footprints(self.summary),
            **self.findings,
            "costs": trial_costs(self.results),
            "durations": durations(self.results),
        }
        return {n: frame for n, frame in frames.items() if not frame.empty}

    def _of(self, problem: str, rows: pd.DataFrame, narrow: bool) -> Iterator[Table]:
        """Yield the table of a problem, and that of its metrics if it has any."""
        records = self.results.of_problem[problem]
        shown = metrics.shown(records)
        whole = problem_table(problem, rows)
        yield narrow_table(problem, rows, shown) if narrow else whole
        if not self.hosts.empty:
            yield host_table(problem, self.hosts.query("problem == @problem"))
        if shown:
            yield metric_table(problem, in_order(rows), shown, records)

    def short(self) -> str:
        """Return the text that `run` prints at its end."""
        comparison = self.findings.get("comparison", pd.DataFrame())
        return short(self.results, self.summary, comparison)

    def contents(self) -> dict[str, str | bytes]:
        """Return the content of each file, by name."""
        return self.texts() | kept(self.results)

    def texts(self) -> dict[str, str]:
        """Return the text of each text file, by name."""
        text = "\n\n".join(map(markdown, self.all())) + "\n"
        csvs = {"summary": self.summary, **self.findings}
        csvs |= {} if self.hosts.empty else {"hosts": self.hosts}
        texts = {f"{name}.csv": format.csv_text(csv) for name, csv in csvs.items()}
        return texts | {"short.md": self.short(), "summary.md": text}

    def write(self) -> str:
        """Write all tables into the run folder, and return the text of summary.md.

        Raises:
            DiskFull, StoreError: As `made.refuse_loss` and `made.replace`; the tables
                of before are unchanged.
        """
        run, contents = self.results.run, self.contents()
        made.refuse_loss(run, "tables", contents)
        made.replace(run, "tables", contents)
        return str(contents["summary.md"])


def write(folder: str | Path) -> str:
    """Write the tables of a run folder.

    Args:
        folder: A run folder.

    Returns:
        The text of summary.md: the same files give the same bytes.

    Raises:
        RunError, RunMissing: As `bench.load`.
        DiskFull, StoreError: A file cannot be written.
    """
    return Tables(Results(load(folder))).write()
