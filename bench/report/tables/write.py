"""Write a run's tables: raw SI numbers as CSV, formatted ones as Markdown."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ...store import files
from ...store.run import load
from ..comparison import compare_optimizers, success
from ..format import Table, markdown
from ..groups import Results
from ..prices import break_even_prices, predict
from ..summary import at_targets, summarize
from ..tuning import best_of_k, choices
from .findings import finding_tables
from .problems import price_table, problem_table, short

Find = Callable[[Results], pd.DataFrame]
OF_TUNING: dict[str, Find] = {"tuning": choices, "best_of_k": best_of_k}
"""What tuning came to, by the name of its CSV."""
FINDINGS: dict[str, Find] = {
    "targets": at_targets,
    "comparison": compare_optimizers,
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
        findings: By name of the CSV, those for which the run has data.
    """

    def __init__(self, results: Results):
        self.results = results
        self.summary = summarize(results)
        finds = OF_TUNING | FINDINGS if results.run.tuned else FINDINGS
        answers = {name: find(results) for name, find in finds.items()}
        self.findings = {n: table for n, table in answers.items() if not table.empty}

    def all(self) -> list[Table]:
        """Return the tables of problems, of prices, and of the findings."""
        if self.summary.empty:
            return [Table("No trials yet", ("optimizer",), ())]
        by_problem = self.summary.groupby("problem", sort=False)
        shown = [problem_table(str(name), rows) for name, rows in by_problem]
        run = self.results.run
        others = len(run.records) - sum(self.summary["finished"].tolist())
        if others:
            note = f"trials of another plan left out: {others}"
            shown[-1] = replace(shown[-1], notes=(*shown[-1].notes, note))
        prices = [] if run.prices is None else [price_table(run.prices)]
        return [*shown, *prices, *finding_tables(self.findings)]

    def short(self) -> str:
        """Return the text that `run` prints at its end."""
        comparison = self.findings.get("comparison", pd.DataFrame())
        return short(self.results, self.summary, comparison)

    def write(self) -> str:
        """Write all tables into the run folder, and return the text of summary.md."""
        text = "\n\n".join(map(markdown, self.all())) + "\n"
        csvs: Mapping[str, pd.DataFrame] = {"summary": self.summary, **self.findings}
        folder = self.results.run.folder
        for name, table in csvs.items():
            files.write(folder / f"{name}.csv", table.to_csv(index=False))
        # made by an earlier plan
        for name in (OF_TUNING | FINDINGS).keys() - self.findings:
            (folder / f"{name}.csv").unlink(missing_ok=True)
        files.write(folder / "short.md", self.short())
        files.write(folder / "summary.md", text)
        return text


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
