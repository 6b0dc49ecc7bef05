"""The workers of a Dask scheduler, each lent to one executor at a time."""

import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Self
from uuid import uuid4

import click

from ..core.errors import EnvironmentFault
from ..core.text import one_line
from .cluster_job import end

LOOK_EVERY = 1.0
"""Seconds between looks at which workers there are."""
BUSY_SECONDS = 5.0
"""Seconds after which a worker that another run has is tried again."""
REFUSED_SECONDS = 10.0
"""Seconds after which a run ends if no worker can be used; a better one may start."""
SAID_AFTER = 3.0
"""Seconds of waiting for workers after which a line says so."""
_END_SECONDS = 5.0
"""The most seconds that are waited for the end of worker processes."""


class WorkerLost(Exception):
    """A job has lost its worker; the message says why.

    Attributes:
        counted: Whether the job may be the reason.
    """

    def __init__(self, why: str, counted: bool = True):
        super().__init__(why)
        self.counted = counted


class Workers:
    """The workers of a scheduler.

    A thread looks every second which there are: the future of a job that is bound to a
    lost worker would stay pending for ever.

    Args:
        client: Of `distributed`, connected.
        where: The scheduler, for messages.
        patience: Seconds without a worker after which the run ends; None for no limit,
            as a job queue may start them late.

    Attributes:
        run: Another for each process of ours; also the topic of messages to it.
    """

    def __init__(self, client: Any, where: str, patience: float | None = None):
        self.run = uuid4().hex
        self._client, self._where, self._patience = client, where, patience
        self._state = threading.Condition()
        self._there: set[str] = set()
        self._lent: set[str] = set()
        self._refused: set[str] = set()
        self._busy_until: dict[str, float] = {}
        self._shares: dict[str, tuple[str, float]] = {}
        self._fault, self._usable_at = "", time.monotonic()
        self._ending = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._look()
        self._client.subscribe_topic(self.run, self._hear)
        self._watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Look no more."""
        self._ending.set()
        self._watching.join()

    def _hear(self, event: tuple[float, tuple[str, str, float]]) -> None:
        """Note what a worker says of its job: which one, and the share spent."""
        address, job, share = event[1]
        self._shares[address] = job, share

    def share(self, address: str, job: str) -> float | None:
        """Return the share of its budget that a worker's trial has spent, if it is new.

        Args:
            address: The worker's.
            job: The key of the future.
        """
        of, share = self._shares.pop(address, ("", 0.0))
        return share if of == job else None

    def _watch(self) -> None:
        while not self._ending.wait(LOOK_EVERY):
            self._look()

    def _look(self) -> None:
        """Note which workers there are, and whether the scheduler is."""
        threads: dict[str, int] | None = None
        if self._client.status == "running":
            with suppress(Exception):  # of a connection: which, depends on the version
                threads = self._client.nthreads()
        with self._state:
            if self._client.status != "running":
                self._fault = f"{self._where} has ended or cannot be reached"
            elif threads is not None:
                self._there = set(threads)
            if self._usable():
                self._usable_at = time.monotonic()
            self._state.notify_all()
        for address, count in (threads or {}).items():
            if count != 1:
                self.refuse(address, f"it has {count} threads: give it --nthreads 1")

    @property
    def count(self) -> int:
        """The number of workers that may be lent."""
        with self._state:
            return len(self._usable())

    def _usable(self) -> set[str]:
        return self._there - self._refused

    def beside(self, address: str) -> int:
        """Return how many other workers may be lent that have a worker's machine."""
        with self._state:
            others = self._usable() - {address}
        return sum(_host(other) == _host(address) for other in others)

    def wait_for(self, count: int) -> None:
        """Wait until there is a number of workers.

        Raises:
            EnvironmentFault: There will be none.
        """
        since, said = time.monotonic(), False
        with self._state:
            while (there := len(self._usable())) < count:
                self._check_hope()
                if not said and time.monotonic() - since > SAID_AFTER:
                    said = True
                    _tell(f"{self._where} has {there} of {count} workers: waiting")
                self._state.wait(LOOK_EVERY)

    def lend(self, last: str, closed: Callable[[], bool]) -> str:
        """Wait for a free worker, and return its address.

        Args:
            last: The worker that is preferred.
            closed: Whether it is no longer wanted.

        Raises:
            EnvironmentFault: There will be none, or it is no longer wanted.
        """
        with self._state:
            while True:
                if closed():
                    raise EnvironmentFault("the worker was ended")
                self._check_hope()
                if free := self._free():
                    address = last if last in free else free[0]
                    self._lent.add(address)
                    return address
                self._state.wait(LOOK_EVERY)

    def _free(self) -> list[str]:
        now = time.monotonic()
        free = self._usable() - self._lent
        return sorted(a for a in free if self._busy_until.get(a, now) <= now)

    def _check_hope(self) -> None:
        """Raise an EnvironmentFault if no worker can be expected."""
        if self._fault:
            kept = "finished trials are kept: the same command continues"
            raise EnvironmentFault(f"{self._fault}; {kept}")
        if self._usable():
            return
        alone = time.monotonic() - self._usable_at
        if self._there and alone > REFUSED_SECONDS:
            raise EnvironmentFault(f"no worker of {self._where} can be used")
        if self._patience is not None and alone > self._patience:
            raise EnvironmentFault(f"{self._where} has had no worker for {alone:.0f} s")

    def give_back(self, address: str) -> None:
        """Let others have a worker."""
        with self._state:
            self._lent.discard(address)
            self._state.notify_all()

    def postpone(self, address: str) -> None:
        """Lend a worker that another run has only some seconds later."""
        with self._state:
            self._busy_until[address] = time.monotonic() + BUSY_SECONDS

    def refuse(self, address: str, why: str) -> None:
        """Lend a worker no more, and say why in one line."""
        with self._state:
            if address in self._refused:
                return
            self._refused.add(address)
            self._state.notify_all()
        _tell(f"the Dask worker {address} is not used: {why}")

    def check(self, address: str) -> None:
        """Check that a lent worker and the scheduler are there.

        Raises:
            WorkerLost: The worker is not.
            EnvironmentFault: The scheduler is not.
        """
        if self._client.status != "running":
            self._look()
        with self._state:
            if self._fault:
                self._check_hope()
            if address not in self._there:
                words = f"the Dask worker {address} ended or lost its connection"
                raise WorkerLost(words)

    def wake(self) -> None:
        """Let those that wait for a worker see that they are closed."""
        with self._state:
            self._state.notify_all()

    def send(
        self, address: str, function: Callable[..., Any], *arguments: Any, place: int
    ) -> Any:
        """Let a worker call a function, in order of `place`; return the future."""
        return self._client.submit(
            function,
            *arguments,
            key=f"gradmeter-{uuid4().hex}",
            workers=[address],
            allow_other_workers=False,
            pure=False,
            priority=-place,
        )

    def end(self, executor: str, addresses: Iterable[str]) -> None:
        """End the worker processes that an executor has on some workers."""
        with self._state:
            there = sorted(self._there.intersection(addresses))
        if not there or self._client.status != "running":
            return

        def ask() -> None:
            with suppress(Exception):  # a worker that has ended has none
                self._client.run(end, executor, workers=there, on_error="ignore")

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(_END_SECONDS)  # a worker that hangs never answers


def _host(address: str) -> str:
    """Return the machine of an address, `tcp://10.0.0.1:4242`."""
    return address.rpartition(":")[0]


def _tell(line: str) -> None:
    click.echo(one_line(line), err=True)
