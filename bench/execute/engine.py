"""Where a run's jobs are done."""

from dataclasses import dataclass

from .executor import MakeExecutor
from .local import LocalExecutor


@dataclass(frozen=True)
class Engine:
    """Where a run's jobs are done.

    Attributes:
        make: Makes an executor for a run folder and a platform.
        untimed: The most executors side by side while nothing is timed; None: as many
            as this machine has room for.
        timed: The most executors side by side while trials are timed.
        remote: Whether the workers may be on other machines, so that programs kept on
            this one are not theirs.
    """

    make: MakeExecutor = LocalExecutor
    untimed: int | None = None
    timed: int = 1
    remote: bool = False
