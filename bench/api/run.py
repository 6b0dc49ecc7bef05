"""A run from Python: its tables, plots and report, as a notebook shows them."""

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Self

from factories import nearest

from ..report.groups import Results
from ..report.markdown import html
from ..report.plots.jobs import styles_of
from ..report.plots.one import figure_of, names_of, progress_of
from ..report.plots.style import LineStyle
from ..report.tables.summary import Tables
from ..store import reading
from ..store import run as stored
from .page import Page

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class _Styles(dict[str, LineStyle]):
    """Styles by family."""

    def __missing__(self, name: str) -> LineStyle:
        raise KeyError(f'no optimizer "{name}".{nearest(str(name), self)}')


class Run(stored.Run):
    """The contents of a run folder, or the results of a run in this process.

    A notebook shows the short tables of the run.

    The attributes are those of `bench.store.run.Run`.
    """

    @classmethod
    def of(cls, run: stored.Run) -> Self:
        """Return a run that shows itself."""
        return cls(**{one.name: getattr(run, one.name) for one in fields(run)})

    @property
    def plots(self) -> list[str]:
        """The names of all plots that `plot(name=...)` can draw."""
        return names_of(self)

    @property
    def styles(self) -> dict[str, LineStyle]:
        """The style of each optimizer in the plots, by its family: see `LineStyle`.

        Another name raises a KeyError with the nearest one.
        """
        return _Styles(styles_of(Results(self)))

    def plot(
        self,
        problem: str | None = None,
        *,
        y: str | None = None,
        x: str | Sequence[str] = (),
        name: str | None = None,
    ) -> "Figure":
        """Draw the progress on one problem, or the plot of a name.

        Args:
            problem: A problem's label; the first of the run if None.
            y: A column of the traces, such as `held_out_accuracy`; the suboptimality
                if None, or the loss where it is unknown.
            x: A unit of cost, or several, each with axes of its own: `seconds`,
                `steps`, `gradient`, `flops`. Those of `python -m bench plot` if empty.
            name: The name of a plot, one of `plots`, instead of the others:
                `profiles`.

        Returns:
            The figure; `savefig` writes it.

        Raises:
            RunError: No problem, value, cost or plot has that name, with the nearest
                that there is; or no trial has it.
        """
        if name is not None:
            return figure_of(self, name)
        return progress_of(self, problem, y, [x] if isinstance(x, str) else list(x))

    def report(self) -> Page:
        """Return the report as a page; a notebook shows it, `write` saves it."""
        from ..report.html import page

        return Page(page([self]))

    def _repr_html_(self) -> str:
        """Return the short tables of the run."""
        return f'<div class="gradmeter">{html(self._short()).body}</div>'

    def _short(self) -> str:
        """Return the short tables as Markdown: as they are where only they are kept."""
        if not self.record.only_tables:
            return Tables(Results(self)).short()
        names = ("short.md", "summary.md")
        there = [self.folder / n for n in names if (self.folder / n).exists()]
        return reading.content(there[0]).decode() if there else ""


def load(folder: str | Path) -> Run:
    """Read a run folder and check every trace against its recorded sha256.

    Args:
        folder: A folder written by `python -m bench run`.

    Returns:
        The run; its `traces` are parsed when first asked for.

    Raises:
        RunMissing: The folder or one of its files is missing.
        RunError: A file is not valid; the message states its path and the error.
        StoreError: The folder cannot be read.
    """
    return Run.of(stored.load(folder))
