"""What is published of a run: its tables as Markdown and as files, and its plots."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from ...store import files, reading, run_file
from ...store.costs import COSTS_FILE
from ...store.nameless import facts_of, nameless
from ...store.run import Run
from ..comparison import compare_optimizers
from ..groups import Results
from ..html.kept import with_trials
from ..plots.jobs import host_plots
from ..tables.summary import Tables, winners

PLOTS = ("*.png", "plots/*.png", "plots/*.gif")
"""Of a folder that keeps only tables, and of one with trials."""
TABLES = (run_file.NAME, "*.csv", "*.csv.gz", "*.md")


@dataclass(frozen=True, eq=False)
class Source:
    """One run on the pages.

    Attributes:
        run: From `bench.load`.
        name: The name of its folder on the pages, unique among them.
        names_machines: Whether machines have their names in the network.
    """

    run: Run = field(repr=False)
    name: str
    names_machines: bool = False

    @cached_property
    def shown(self) -> Run:
        """The run as the pages show it."""
        return self.run if self.names_machines else nameless([self.run])[0]

    @cached_property
    def results(self) -> Results:
        """The trials in groups."""
        return Results(self.shown)

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
        folder = self.run.folder
        found: dict[str, str | bytes] = {}
        if self.keeps_trials:
            found[run_file.NAME] = files.to_json(self.shown.record.to_json())
            facts = facts_of(folder, self.names_machines)
            return found | facts | self._tables.contents()
        paths = (path for name in TABLES for path in sorted(folder.glob(name)))
        found |= {path.name: reading.content(path) for path in paths}
        found.pop("README.md", None)  # whose links lead elsewhere
        return found

    def text(self, name: str) -> str:
        """Return a file of the tables as text; empty if the run has none."""
        content = self.files.get(name, "")
        return content if isinstance(content, str) else content.decode()

    @cached_property
    def plots(self) -> list[Path]:
        """The pictures that were drawn of the run; none that state a hidden name."""
        folder = self.run.folder
        hidden = () if self.names_machines else host_plots(self.run)
        drawn = (path for pattern in PLOTS for path in sorted(folder.glob(pattern)))
        return [path for path in drawn if path.stem not in hidden]

    @cached_property
    def winners(self) -> list[str]:
        """A sentence for each part of the run: which optimizer ranks first."""
        return list(winners(self.results, self._comparison()))

    def _comparison(self) -> pd.DataFrame:
        if self.keeps_trials:
            return self._tables.findings.get("comparison", pd.DataFrame())
        if COSTS_FILE not in self.files:
            return pd.DataFrame()
        return compare_optimizers(Results(with_trials(self.shown)))
