"""A progress bar with the time that is left, for a terminal."""

from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Column

from ..planning.spec import Spec
from .report import Lines, said, title


def reporter(total: int) -> "Bar | Lines":
    """Return a bar where stderr is a terminal, plain lines elsewhere."""
    console = Console(stderr=True)
    return Bar(total, console) if console.is_terminal else Lines(total)


class Bar:
    """One bar over all trials of a run, moving within a trial too."""

    def __init__(self, total: int, console: Console):
        self.console = console
        self.count = 0
        rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        self.bar = Progress(
            BarColumn(bar_width=16),
            TextColumn("{task.fields[trials]}, left"),
            TimeRemainingColumn(),
            TextColumn("{task.description}", table_column=rest),
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
        """Leave the terminal as it was."""
        self.bar.stop()

    def started(self, spec: Spec) -> None:
        """Name the trial beside the bar."""
        self.bar.update(self.task, description=title(spec))

    def progress(self, spec: Spec, fraction: float) -> None:
        """Move within the trial."""
        inside = min(max(fraction, 0.0), 1.0)
        self.bar.update(self.task, completed=self.count + inside)

    def finished(self, spec: Spec, record: dict[str, Any]) -> None:
        """Move to the next trial; say in a line only what went wrong."""
        self.count += 1
        total = self.bar.tasks[0].total
        trials = f"{self.count}/{int(total or 0)}"
        self.bar.update(self.task, completed=self.count, trials=trials)
        if record.get("end") == "failed":
            self.line(said(spec, record))

    def line(self, text: str) -> None:
        """Write a line above the bar."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)
