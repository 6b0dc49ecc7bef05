"""Tell people how a run goes: a bar on a terminal, a line per trial elsewhere."""

from types import TracebackType
from typing import Any, Protocol, Self

import click

from ..planning import asked
from ..planning.spec import Spec


class Report(Protocol):
    """What a run tells while it goes, on stderr."""

    def started(self, spec: Spec) -> None:
        """A trial begins."""

    def progress(self, spec: Spec, fraction: float) -> None:
        """A trial has spent this fraction of its budget."""

    def finished(self, spec: Spec, record: dict[str, Any]) -> None:
        """A trial has ended."""

    def line(self, text: str) -> None:
        """Say something in a line."""


class Lines:
    """A plain line per trial, for logs and pipes."""

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
        """Nothing is left on the screen."""

    def started(self, spec: Spec) -> None:
        """Stay silent: the line comes when the trial has ended."""

    def progress(self, spec: Spec, fraction: float) -> None:
        """Stay silent."""

    def finished(self, spec: Spec, record: dict[str, Any]) -> None:
        """Say what came of the trial."""
        self.count += 1
        width = len(str(self.total))
        self.line(f"[{self.count:{width}}/{self.total}] {said(spec, record)}")

    def line(self, text: str) -> None:
        """Write a line to stderr."""
        click.echo(text, err=True)


def title(spec: Spec) -> str:
    """Return a trial's name for people."""
    varied = "" if not spec.round else f" round {spec.round}"
    given = spec.optimizer.settings | asked.said(spec.to_json())
    settings = " ".join(f"{k}={v}" for k, v in given.items())
    named = f"{spec.problem_label} {spec.label} {settings}".strip()
    named = named if len(named) <= 90 else f"{named[:87]}..."
    return f"{named} seed {spec.seed}{varied}"


def said(spec: Spec, record: dict[str, Any]) -> str:
    """Return what came of a trial, in a line."""
    parts = [str(record.get("end", "?"))]
    if isinstance(seconds := record.get("seconds"), int | float):
        parts.append(f"{seconds:.3g} s")
    if (steps := record.get("steps")) is not None:
        parts.append(f"{steps} steps")
    if isinstance(loss := record.get("final_loss"), int | float):
        parts.append(f"loss {loss:.6g}")
    worth_saying = record.get("end") in ("failed", "skipped", "diverged", "stalled")
    if worth_saying and record.get("reason"):
        parts.append(str(record["reason"]))
    return f"{title(spec)}: {', '.join(parts)}"
