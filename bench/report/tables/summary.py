"""The tables of summary.md and short.md, and the files that hold a run's tables."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pandas as pd

from ...core.costs import COSTS
from ...core.text import for_markdown, number_of
from ...store import made
from ...store.run import load
from .. import format, metrics
from ..classes import compare_classes
from ..comparison import COMPARED, compare_optimizers, competitor, success
from ..costs import kept, trial_costs
from ..disturbed import lines
from ..format import Table, markdown
from ..groups import Results
from ..hosts import by_host
from ..prices import break_even_prices, predict
from ..summary import at_targets, ends_in_words, summarize
from ..tuning import best_of_k, choices
from .classes import class_tables
from .columns import in_order
from .durations import duration_table, durations
from .findings import few, named_tables, without_draws
from .footprints import footprint_table, footprints
from .hosts import host_notes, host_table
from .metrics import metric_table
from .prices import price_table
from .problems import brief_table, narrow_table, problem_table

SUMMARY = "summary"
"""The name of the tables of problems."""


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
    *words, trials = (number_of(n, word) for word, n in counts.items())
    name, hosts = results.run.record.name, list(results.run.by_host)
    where = f"; hosts: {', '.join(hosts)}" if hosts else ""
    return f"{name}: {', '.join(words)}; {trials}: {ends_in_words(ends)}{where}"


def _problems(results: Results, summary: pd.DataFrame) -> Iterator[Table]:
    """Yield a short table for each problem."""
    for problem, rows in summary.groupby("problem", sort=False) if len(summary) else ():
        label = str(problem)
        yield brief_table(label, rows, metrics.shown(results.of_problem[label]))


def winners(results: Results, comparison: pd.DataFrame) -> Iterator[str]:
    """Yield a sentence for each part of the run: which optimizer ranks first."""
    for part, of_part in results.parts.items() if len(comparison) else ():
        rows = comparison.query("part == @part and dropped == ''")
        cost = next((cost for cost in COMPARED if cost in set(rows["cost"])), None)
        if cost is not None:
            compared = rows.query("cost == @cost")
            yield _winner(part, compared, _without_cost(of_part, compared))


def _without_cost(results: Results, compared: pd.DataFrame) -> str:
    """Return a clause on the optimizers that have no such cost; empty for none."""
    of, known = results.with_target, set(compared["optimizer"])
    groups = [g for g in results.groups if g.problem in of and g.applicable]
    names = dict.fromkeys(map(competitor, groups))
    others = ", ".join(name for name in names if name not in known)
    return f"; not compared, without such a cost: {others}" if others else ""


def _winner(part: str, rows: pd.DataFrame, without: str) -> str:
    ranked = rows.sort_values("rank", kind="stable").to_dict("records")
    first, problems = ranked[0], max(row["problems"] for row in ranked)
    where = number_of(problems, "problem")
    where += f" ({part})" if part else ""
    words = COSTS[first["cost"]].words
    if not first["area"]:
        compared = f" compared by {words}" if without else ""
        return f"Over {where} no optimizer{compared} reached a target{without}."
    best = [
        row["optimizer"] + _compared_on(row["problems"], problems)
        for row in ranked
        if row["rank"] == first["rank"]
    ]
    probability = f"{100 * first['rank_1']:.0f} %"
    low, high = (f"{first[name]:.0f}" for name in ("rank_low", "rank_high"))
    likely = low if low == high else f"{low} to {high}"
    return (
        f"Over {where}, {' and '.join(best)} {'is' if len(best) == 1 else 'are'} the "
        f"best by {words} to the target (area under its "
        f"performance profile {first['area']:.2f}), first with a bootstrap probability "
        f"of {probability} (likely rank {likely} of {len(ranked)}{few(problems)}"
        f"{without_draws(ranked)}{without})."
    )


def _compared_on(problems: int, most: int) -> str:
    return f" (compared on {problems} of them)" if problems < most else ""


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
ALWAYS = ("tuning",)
"""Findings that are kept whatever tables are chosen: `rank` reads them."""


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

    def contents(self, names: Sequence[str] = ()) -> dict[str, str | bytes]:
        """Return the content of each file, by name.

        Args:
            names: Of the tables that are in summary.md and as CSV, beside those that
                others are made from; all if there are none.
        """
        return self.texts(names) | kept(self.results)

    def texts(self, names: Sequence[str] = ()) -> dict[str, str]:
        """Return the text of each text file, by name.

        Args:
            names: As in `contents`.
        """
        tables = {n: shown for n, shown in self.named().items() if _is_in(n, names)}
        text = "\n\n".join(map(markdown, chain(*tables.values()))) + "\n"
        wanted = (*names, *ALWAYS) if names else ()
        found = {n: f for n, f in self.findings.items() if _is_in(n, wanted)}
        csvs = {SUMMARY: self.summary, **found}
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


def _is_in(name: str, names: Sequence[str]) -> bool:
    return not names or name in names


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
