"""Where the jobs of a run are done: by one worker or several, here or elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from .ahead import started_ahead
from .executor import MakeExecutor
from .local import LocalExecutor


@dataclass(frozen=True)
class Engine:
    """Where the jobs of a run are done.

    Attributes:
        make: Makes an executor for a run folder and a platform.
        untimed: The most executors side by side while nothing is timed; None: as many
            as this machine has room for.
        timed: The most executors side by side while trials are timed.
        remote: Whether the workers may be on other machines: prices are then measured
            side by side, else one after the other.
    """

    make: MakeExecutor = LocalExecutor
    untimed: int | None = None
    timed: int = 1
    remote: bool = False


@contextmanager
def local(platform: str | None, workers: int | None) -> Iterator[Engine]:
    """Yield an engine of worker processes on this machine.

    Args:
        platform: `cpu` if a worker may be started before it is known what it will run;
            on an accelerator it would reserve the memory.
        workers: How many run side by side, also while trials are timed. None: one
            times trials, and as many as the machine has room for do the rest.
    """
    beside = 0 if workers is None else workers - 1
    how = {"untimed": workers, "timed": workers or 1}
    if platform != "cpu":
        yield Engine(partial(LocalExecutor, beside=beside), **how)
        return
    with started_ahead(platform, beside) as make:
        yield Engine(make, **how)
