"""What runs in a Dask worker: jobs of one executor at a time, in a worker process."""

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import psutil

from factories import taken_from

from ..core.errors import DiskFull, EnvironmentFault
from ..store import environment
from .executor import (
    Answer,
    Event,
    Executor,
    Finished,
    Job,
    Lost,
    MakeExecutor,
    Progress,
)
from .origin import Origin, differing, programs

TOKEN = uuid4().hex
"""Another in each process: a worker that is started anew may have its old address."""
IDLE_SECONDS = 60.0
"""Seconds without a job after which an executor is given up: its client has ended."""
TELL_EVERY = 0.5
"""Seconds between two messages on what a trial has spent; shorter trials send none."""


class Station(NamedTuple):
    """A Dask worker that takes jobs.

    Attributes:
        token: Of its process.
        name: As Dask has it.
        machine: As `store.environment.machine` returns it.
        programs: As `origin.programs` returns it.
    """

    token: str
    name: str
    machine: dict[str, Any]
    programs: str


class Order(NamedTuple):
    """What a job comes with.

    Attributes:
        executor, paths: As in `Origin`.
        topic: Of messages on what its trials have spent.
        token: Of the process that is meant.
        make, platform: The executor that does the job there.
    """

    executor: str
    paths: str
    topic: str
    token: str
    make: MakeExecutor
    platform: str


class Done(NamedTuple):
    """The end of a job.

    Attributes:
        end: Of a trial its `TrialRecord`, of another job its `Answer` or `Lost`.
        trace: Of a trial its trace as CSV.
    """

    end: Any
    trace: str = ""


class Spent(NamedTuple):
    """The share of its budget, 0 to 1, that a trial has spent so far."""

    share: float


class Unfit(NamedTuple):
    """No job can be done here, and why in one line."""

    why: str


class Gone(NamedTuple):
    """The process or the executor that a job was meant for has ended, and why."""

    why: str


class Kept:
    """The executor of this process, kept between the jobs of its owner.

    Its owner is an executor elsewhere. Another one of the same run takes its place at
    once; one of another run only after `IDLE_SECONDS` without a job, so that trials of
    two runs do not alternate.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._run = self._owner = ""
        self._executor: Executor | None = None
        self._scratch: Path | None = None
        self._timer: threading.Timer | None = None

    def take(self, run: str, owner: str) -> bool:
        """Become the owner; return whether no other run is."""
        with self._lock:
            if self._owner and self._run != run:
                return False
            if self._owner != owner:
                self.end(self._owner)
            self._run, self._owner = run, owner
            self._expect(owner)
            return True

    def executor(self, order: Order, inside: str) -> tuple[Executor, Path] | None:
        """Return the owner's executor and its folder; None for another than the owner.

        Args:
            order: Of the owner.
            inside: Where the folder is made.
        """
        with self._lock:
            if order.executor != self._owner:
                return None
            self._stop_timer()
            if self._executor is None or self._scratch is None:
                self._scratch = Path(tempfile.mkdtemp(prefix="gradmeter-", dir=inside))
                self._executor = order.make(self._scratch, order.platform)
            return self._executor, self._scratch

    def rest(self, owner: str) -> None:
        """Wait for the owner's next job."""
        with self._lock:
            if owner == self._owner:
                self._expect(owner)

    def end(self, owner: str) -> None:
        """End the worker process of an owner, also in the middle of a job."""
        with self._lock:
            if owner != self._owner:
                return
            self._stop_timer()
            executor, self._executor, self._owner = self._executor, None, ""
            if executor is not None:
                executor.close()
            if self._scratch is not None:
                shutil.rmtree(self._scratch, ignore_errors=True)
                self._scratch = None

    def _expect(self, owner: str) -> None:
        self._stop_timer()
        self._timer = threading.Timer(IDLE_SECONDS, self.end, (owner,))
        self._timer.daemon = True
        self._timer.start()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


_KEPT = Kept()


def enter(origin: Origin) -> Station | Unfit | None:
    """Make an executor the owner of this worker; None if another run has it."""
    worker = _worker()
    if worker.nanny:
        restore_environment()
    if not _KEPT.take(origin.run, origin.executor):
        return None
    _go_to(origin.working)
    if why := differing(origin):
        _KEPT.end(origin.executor)
        return Unfit(why)
    name, machine = str(worker.name), environment.machine()
    return Station(TOKEN, name, machine, programs())


def do(order: Order, job: Job) -> Done | Unfit | Gone:
    """Do a job: a block of one trial, or one that is no block."""
    if order.token != TOKEN:
        return Gone("its process has ended")
    found = _KEPT.executor(order, _worker().local_directory)
    if found is None:
        return Gone("it was given up")
    try:
        with taken_from(order.paths):
            last = _last(found[0].submit(job), order.topic)
    except (EnvironmentFault, DiskFull) as error:
        return Unfit(" ".join(error.lines))
    finally:
        _KEPT.rest(order.executor)
    if isinstance(last, Finished):
        return Done(last.record, _taken(found[1] / "trials", last.record.key))
    assert isinstance(last, Answer | Lost)
    return Done(last)


def _last(events: Iterable[Event], topic: str) -> Event:
    """Return the last event of a job; tell its client meanwhile what it has spent."""
    worker, told, event = _worker(), time.monotonic(), None
    for event in events:
        if isinstance(event, Progress) and time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            message = worker.address, worker.get_current_task(), event.share
            worker.log_event(topic, message)
    assert event is not None
    return event


async def end(executor: str) -> None:
    """End an executor's worker process; for Dask's event loop, beside a job."""
    _KEPT.end(executor)


def restore_environment() -> None:
    """Undo the limits on threads that Dask's nanny has set.

    Trials have the threads of their machine, as without Dask. The nanny is the parent,
    and what its own environment was when it started is what the user has stated.
    """
    import dask.config  # pyright: ignore[reportMissingImports]

    parent = psutil.Process().parent()
    if parent is None:
        return
    with suppress(psutil.Error):
        stated = parent.environ()
        for name in dask.config.get("distributed.nanny.pre-spawn-environ", {}):
            os.environ.pop(name, None)
            if name in stated:
                os.environ[name] = stated[name]


def _go_to(working: str) -> None:
    """Take paths and modules from the working directory of the run, if it is there."""
    with suppress(OSError):
        os.chdir(working)
        if working not in sys.path:
            sys.path.append(working)


def _taken(folder: Path, key: str) -> str:
    """Return a trial's trace, and remove its files: the run folder is elsewhere."""
    trace = folder / f"{key}.csv"
    text = trace.read_text(encoding="utf-8")
    trace.unlink()
    (folder / f"{key}.json").unlink(missing_ok=True)
    return text


def _worker() -> Any:
    from distributed import (  # pyright: ignore[reportMissingImports]
        get_worker,
    )

    return get_worker()
