"""The comparison of two runs as data."""

from typing import NamedTuple

from .exact import Exact
from .seconds import Timed


class Report(NamedTuple):
    """The comparison of run B with run A.

    Attributes:
        a, b: Their folders.
        changed: Lines on settings, versions, machine, and what only one run has.
        apart: Problem, optimizer and reason of each pair that is not compared.
        untimed: The same of each pair whose seconds alone are not compared.
        exact: Calls, losses and ends.
        timed: Seconds.
    """

    a: str
    b: str
    changed: tuple[str, ...]
    apart: tuple[tuple[str, str, str], ...]
    untimed: tuple[tuple[str, str, str], ...]
    exact: Exact
    timed: Timed

    @property
    def worse(self) -> bool:
        """Whether anything is worse in B."""
        return self.exact.worse or self.timed.worse
