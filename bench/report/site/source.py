"""What is published of a run: its tables as Markdown and as files, and its plots."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from ...store import reading
from ...store.made import FACTS
from ...store.run import COSTS_FILE, Run
from ..comparison import compare_optimizers
from ..groups import Results
from ..html.kept import with_trials
from ..tables.summary import Tables, winners

PLOTS = ("*.png", "plots/*.png", "plots/*.gif")
"""Of a folder that keeps only tables, and of one with trials."""
TABLES = ("*.csv", "*.csv.gz", "*.md")


@dataclass(frozen=True, eq=False)
class Source:
    """One run on the pages.

    Attributes:
        run: From `bench.load`.
        name: The name of its folder on the pages, unique among them.
    """

    run: Run = field(repr=False)
    name: str

    @cached_property
    def results(self) -> Results:
        """The trials in groups."""
        return Results(self.run)

    @property
    def keeps_trials(self) -> bool:
        """Whether the trials are there, and not the tables alone."""
        return not self.run.record.only_tables

    @property
    def has_report(self) -> bool:
        """Whether there are trials to report, or what each of them cost."""
        return COSTS_FILE in self.files or bool(self.run.records)

    @cached_property
    def _tables(self) -> Tables:
        return Tables(self.results)

    @cached_property
    def files(self) -> dict[str, str | bytes]:
        """The content of each file of the tables, by name, and of run.json."""
        found: dict[str, str | bytes] = {}
        names = ("run.json", *FACTS) if self.keeps_trials else ("run.json", *TABLES)
        for name in names:
            for path in sorted(self.run.folder.glob(name)):
                found[path.name] = reading.content(path)
        found.pop("README.md", None)  # whose links lead elsewhere
        return found | (self._tables.contents() if self.keeps_trials else {})

    def text(self, name: str) -> str:
        """Return a file of the tables as text; empty if the run has none."""
        content = self.files.get(name, "")
        return content if isinstance(content, str) else content.decode()

    @cached_property
    def plots(self) -> list[Path]:
        """The pictures that were drawn of the run."""
        folder = self.run.folder
        return [path for pattern in PLOTS for path in sorted(folder.glob(pattern))]

    @cached_property
    def winners(self) -> list[str]:
        """A sentence for each part of the run: which optimizer ranks first."""
        return list(winners(self.results, self._comparison()))

    def _comparison(self) -> pd.DataFrame:
        if self.keeps_trials:
            return self._tables.findings.get("comparison", pd.DataFrame())
        if COSTS_FILE not in self.files:
            return pd.DataFrame()
        return compare_optimizers(Results(with_trials(self.run)))
