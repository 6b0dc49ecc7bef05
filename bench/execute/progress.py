"""Show the progress of a run: a bar with the time left, or a line for each trial."""

from types import TracebackType
from typing import Protocol, Self

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from ..core.records import EXPLAINED, FAULTS, TrialRecord
from ..core.spec import Spec
from ..core.text import one_line


class Report(Protocol):
    """Shows the progress of a run on stderr."""

    def started(self, spec: Spec) -> None:
        """A trial begins."""

    def progress(self, spec: Spec, fraction: float) -> None:
        """A trial has spent this fraction of its budget."""

    def finished(self, spec: Spec, record: TrialRecord) -> None:
        """A trial has ended."""

    def line(self, text: str) -> None:
        """Print a line."""


class Lines:
    """A plain line for each trial, for logs and pipes."""

    def __init__(self, total: int):
        self.total = total
        self.count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing."""

    def started(self, spec: Spec) -> None:
        """Do nothing: the line is printed when the trial has ended."""

    def progress(self, spec: Spec, fraction: float) -> None:
        """Do nothing."""

    def finished(self, spec: Spec, record: TrialRecord) -> None:
        """Print the trial's end."""
        self.count += 1
        width = len(str(self.total))
        self.line(f"[{self.count:{width}}/{self.total}] {ending(spec, record)}")

    def line(self, text: str) -> None:
        """Write a line to stderr."""
        click.echo(one_line(text), err=True)


def title(spec: Spec) -> str:
    """Return a trial's name for messages."""
    varied = "" if not spec.round else f" round {spec.round}"
    settings = " ".join(f"{k}={v}" for k, v in spec.stated_settings.items())
    named = one_line(f"{spec.problem_label} {spec.label} {settings}".strip())
    named = named if len(named) <= 90 else f"{named[:87]}..."
    return f"{named} seed {spec.seed}{varied}"


def ending(spec: Spec, record: TrialRecord) -> str:
    """Return a line on how a trial ended."""
    parts = [record.end, f"{record.seconds:.3g} s", f"{record.steps} steps"]
    if record.final_loss is not None:
        parts.append(f"loss {record.final_loss:.6g}")
    if record.end in EXPLAINED and record.reason:
        parts.append(record.reason)
    return f"{title(spec)}: {', '.join(parts)}"


def reporter(total: int) -> "Bar | Lines":
    """Return a bar if stderr is a terminal, otherwise plain lines."""
    console = Console(stderr=True)
    return Bar(total, console) if console.is_terminal else Lines(total)


class Bar:
    """One bar over all trials of a run, which also moves within a trial."""

    def __init__(self, total: int, console: Console):
        self.console = console
        self.count = 0
        rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        self.bar = Progress(
            BarColumn(bar_width=16),
            TextColumn("{task.fields[trials]}, left"),
            TimeRemainingColumn(),
            TextColumn("{task.description}", table_column=rest, markup=False),
            console=console,
            expand=True,
        )
        self.task = self.bar.add_task("", total=total, trials=f"0/{total}")

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Restore the terminal."""
        self.bar.stop()

    def started(self, spec: Spec) -> None:
        """Show the trial's name beside the bar."""
        self.bar.update(self.task, description=title(spec))

    def progress(self, spec: Spec, fraction: float) -> None:
        """Move within the trial."""
        inside = min(max(fraction, 0.0), 1.0)
        self.bar.update(self.task, completed=self.count + inside)

    def finished(self, spec: Spec, record: TrialRecord) -> None:
        """Move to the next trial; print a line only if the trial failed or was lost."""
        self.count += 1
        total = self.bar.tasks[0].total
        trials = f"{self.count}/{int(total or 0)}"
        self.bar.update(self.task, completed=self.count, trials=trials)
        if record.end in FAULTS:
            self.line(ending(spec, record))

    def line(self, text: str) -> None:
        """Write a line above the bar."""
        self.console.print(
            one_line(text), markup=False, highlight=False, soft_wrap=True
        )
