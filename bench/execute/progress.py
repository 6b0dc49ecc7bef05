"""Show the progress of a run: a bar with the time left, or plain lines."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import TracebackType
from typing import Any, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from ..core.records import EXPLAINED, FAULTS, TrialRecord
from ..core.spec import Spec
from ..core.text import one_line
from .time_left import Kind, TimeLeft, Unit

EVERY = 60.0
"""Seconds between two lines on the time left where there is no bar."""
LONG = 1.0
"""Seconds from which on a phase before the trials is worth a line."""
DOING: dict[Kind, str] = {
    "certificate": "certificates",
    "program": "making programs",
    "tuning": "tuning",
    "trial": "trials",
    "price": "prices",
    "report": "tables and plots",
}
"""What is done while units of a kind run."""

Clock = Callable[[], float]


class Report:
    """Shows the progress of a run on stderr: the work planned, begun and ended.

    Args:
        clock: Returns the time in seconds.
    """

    def __init__(self, clock: Clock = time.monotonic):
        self.clock = clock
        self.work = TimeLeft()
        self._lock = threading.Lock()  # a bar reads the time left in its own thread

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing."""

    def planned(self, units: Iterable[Unit]) -> None:
        """Add work."""
        with self._lock:
            self.work.planned(units)
        self.show()

    def replanned(self, kind: Kind, units: Iterable[Unit]) -> None:
        """Replace the units of a kind that have not begun."""
        with self._lock:
            self.work.replanned(kind, units)
        self.show()

    def began(self, unit: Unit) -> None:
        """Note that a unit of work begins."""
        with self._lock:
            self.work.began(unit, self.clock())
        self.show(unit)

    def ended(self, unit: Unit) -> None:
        """Note that a unit of work has ended."""
        with self._lock:
            self.work.ended(unit, self.clock())
        self.show()

    @contextmanager
    def during(self, unit: Unit) -> Iterator[None]:
        """Note that a unit runs inside the `with` block."""
        self.began(unit)
        try:
            yield
        finally:
            self.ended(unit)

    def started(self, spec: Spec) -> None:
        """Note that a trial begins."""
        self.began(of_trial(spec))

    def progress(self, fraction: float) -> None:
        """Note that the running trial has spent this fraction of its budget."""

    def finished(self, spec: Spec, record: TrialRecord) -> None:
        """Note that a trial has ended; print a line only if it failed or was lost."""
        self.ended(of_trial(spec))
        if record.end in FAULTS:
            self.line(ending(spec, record))

    def show(self, unit: Unit | None = None) -> None:
        """Show what changed; a unit has begun if one is given."""

    def line(self, text: str) -> None:
        """Print a line."""
        raise NotImplementedError

    def count(self, kind: Kind) -> str:
        """Return how many units of a kind have ended, out of how many."""
        return f"{self.work.ended_units[kind]}/{self.work.total_units[kind]}"

    def left(self) -> str:
        """Return the time left as h:mm:ss."""
        with self._lock:
            seconds = self.work.seconds(self.clock())
        return str(timedelta(seconds=round(seconds)))


class Lines(Report):
    """A plain line for each trial and phase, for logs and pipes."""

    def __init__(self, clock: Clock = time.monotonic):
        super().__init__(clock)
        self._phase: Kind | None = None
        self._since = self._said = clock()

    def finished(self, spec: Spec, record: TrialRecord) -> None:
        """Print the trial's end."""
        self.ended(of_trial(spec))
        number, total = (
            each["trial"] for each in (self.work.ended_units, self.work.total_units)
        )
        self.line(f"[{number:{len(str(total))}}/{total}] {ending(spec, record)}")

    def show(self, unit: Unit | None = None) -> None:
        """Print a line when a phase before the trials is over, and now and then."""
        now = self.clock()
        if unit is not None and unit.kind != self._phase:
            self._end_phase(now)
            self._phase, self._since = unit.kind, now
        elif self._phase is not None and now - self._said >= EVERY:
            self._say(f"{DOING[self._phase]} {self.count(self._phase)}", now)

    def _end_phase(self, now: float) -> None:
        took = now - self._since
        if self._phase in ("certificate", "program", "tuning") and took >= LONG:
            done = f"{DOING[self._phase]} {self.count(self._phase)} in {took:.3g} s"
            self._say(done, now)

    def _say(self, text: str, now: float) -> None:
        self._said = now
        self.line(f"{text}, about {self.left()} left")

    def line(self, text: str) -> None:
        """Write a line to stderr."""
        click.echo(one_line(text), err=True)


def of_trial(spec: Spec) -> Unit:
    """Return a trial as a unit of work."""
    return Unit("trial", spec.problem_label, spec.label)


def title(spec: Spec) -> str:
    """Return a trial's name for messages."""
    varied = "" if not spec.round else f" round {spec.round}"
    settings = " ".join(f"{k}={_word(v)}" for k, v in spec.stated_settings.items())
    named = one_line(f"{spec.problem_label} {spec.label} {settings}".strip())
    named = named if len(named) <= 90 else f"{named[:87]}..."
    return f"{named} seed {spec.seed}{varied}"


def _word(value: Any) -> str:
    """Return a setting for messages: of an optimizer or a schedule only its name."""
    if isinstance(value, list):
        return f"[{', '.join(map(_word, value))}]"
    if isinstance(value, dict):
        return str(value.get("name") or value.get("schedule") or value)
    return str(value)


def ending(spec: Spec, record: TrialRecord) -> str:
    """Return a line on how a trial ended."""
    parts = [record.end, f"{record.seconds:.3g} s", f"{record.steps} steps"]
    if record.final_loss is not None:
        parts.append(f"loss {record.final_loss:.6g}")
    if record.end in EXPLAINED and record.reason:
        parts.append(record.reason)
    return f"{title(spec)}: {', '.join(parts)}"


class _Left(ProgressColumn):
    """The time left, counted anew every second."""

    max_refresh = 1.0

    def __init__(self, left: Callable[[], str]):
        super().__init__()
        self._left = left

    def render(self, task: Task) -> Text:
        """Return the time left."""
        del task
        return Text(self._left(), style="progress.remaining")


class Bar(Report):
    """One bar over the whole run, which counts its units."""

    def __init__(self, console: Console, clock: Clock = time.monotonic):
        super().__init__(clock)
        self.console = console
        rest = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        self.bar = Progress(
            BarColumn(bar_width=16),
            _Left(self.left),
            TextColumn("left, {task.fields[doing]}"),
            TextColumn("{task.description}", table_column=rest, markup=False),
            console=console,
            expand=True,
            refresh_per_second=2,
        )
        self.task = self.bar.add_task("", total=0, doing="")
        self._unit: Unit | None = None

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

    def show(self, unit: Unit | None = None) -> None:
        """Move the bar, and name what is done."""
        unit = self._unit = unit or self._unit
        ended, total = self.work.ended_units.total(), self.work.total_units.total()
        self.bar.update(self.task, completed=ended, total=total)
        if unit is not None:
            doing = f"{DOING[unit.kind]} {self.count(unit.kind)}"
            what = f"{unit.problem} {unit.optimizer}".strip()
            self.bar.update(self.task, doing=doing, description=one_line(what))

    def started(self, spec: Spec) -> None:
        """Show the trial's name beside the bar."""
        super().started(spec)
        self.bar.update(self.task, description=title(spec))

    def progress(self, fraction: float) -> None:
        """Move within the trial."""
        inside = min(max(fraction, 0.0), 1.0)
        self.bar.update(self.task, completed=self.work.ended_units.total() + inside)

    def line(self, text: str) -> None:
        """Write a line above the bar."""
        self.console.print(
            one_line(text), markup=False, highlight=False, soft_wrap=True
        )


def reporter() -> Bar | Lines:
    """Return a bar if stderr is a terminal, otherwise plain lines."""
    console = Console(stderr=True)
    return Bar(console) if console.is_terminal else Lines()
