"""Progress in a notebook: one line that changes, and nothing elsewhere."""

import sys
import time
from collections.abc import Callable
from html import escape
from importlib import import_module
from types import TracebackType
from typing import Any

from ..core.text import one_line
from ..execute.progress import DOING, Clock, Report
from ..execute.time_left import Unit

EVERY = 0.5
"""Seconds between two changes of the line: each takes some milliseconds."""

Display = Callable[..., Any]
"""IPython's `display`."""


class InNotebook(Report):
    """A bar with what is done now and the time left, in the output of a cell.

    It is shown when work has taken `EVERY` seconds, and removed at the end; lines about
    failed trials stay.

    Args:
        display: IPython's `display`.
        clock: Returns the time in seconds.
    """

    def __init__(self, display: Display, clock: Clock = time.monotonic):
        super().__init__(clock)
        self._display, self._handle = display, None
        self._said = clock()
        self._unit, self._inside = Unit("trial"), 0.0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the bar."""
        if self._handle is not None:
            self._handle.update({"text/plain": "", "text/html": ""}, raw=True)

    def show(self, unit: Unit | None = None) -> None:
        """Change the bar if enough time has passed."""
        if unit is not None:
            self._unit, self._inside = unit, 0.0
        if (now := self.clock()) - self._said >= EVERY:
            self._said = now
            self._change()

    def _change(self) -> None:
        words, html = self._text()
        shown = {"text/plain": words, "text/html": html}
        if self._handle is None:
            self._handle = self._display(shown, raw=True, display_id=True)
        else:
            self._handle.update(shown, raw=True)

    def _text(self) -> tuple[str, str]:
        """Return the bar in words, and as HTML."""
        unit = self._unit
        what = one_line(f"{unit.problem} {unit.optimizer}".strip())
        left = f"{DOING[unit.kind]} {self.count(unit.kind)}, {self.left()} left"
        words = f"{left}: {what}" if what else left
        total = self.work.total_units.total()
        done = self.work.ended_units.total() + self._inside
        bar = f'<progress max="{total}" value="{done:.3f}"></progress>'
        return words, f"<div>{bar} {escape(words)}</div>"

    def progress(self, fraction: float) -> None:
        """Note that the running trial has spent this fraction of its budget."""
        self._inside = fraction
        self.show()

    def line(self, text: str) -> None:
        """Write a line below the cell."""
        print(one_line(text), file=sys.stderr)


def reporter() -> Report:
    """Return what shows the progress: in a notebook a bar, elsewhere nothing."""
    if in_notebook():
        return InNotebook(import_module("IPython.display").display)
    return Report()


def in_notebook() -> bool:
    """Return whether this process runs the cells of a notebook."""
    shell: Any = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return getattr(shell, "kernel", None) is not None
