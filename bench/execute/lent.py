"""A Dask worker while one executor has it: jobs go there, and their ends come back."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from ..core.errors import EnvironmentFault, in_a_line
from .cluster_job import Done, Gone, Order, Spent, Station, Unfit, do, enter
from .executor import Job
from .lending import WorkerLost, Workers
from .origin import Origin

AHEAD = 4
"""Jobs that are with the worker or on their way, so that it need not wait for one."""
_LOOK_EVERY = 0.2
"""Seconds between looks at whether the worker of a job is there."""
_GATHER_SECONDS = 10.0
"""Seconds that a result may take, after which its worker is looked for again."""


class _CallFailed(WorkerLost):
    """A function could not be called on a worker, or raised an error."""


class LentWorker:
    """A Dask worker while an executor has it.

    Args:
        workers: The one that lends it.
        address: The worker's.
        order: What each job comes with.
        closed: Set when the executor has been closed.

    Attributes:
        address: The worker's.
        station: What the worker states of itself.
    """

    station: Station

    def __init__(
        self, workers: Workers, address: str, order: Order, closed: threading.Event
    ):
        self._workers, self.address, self._closed = workers, address, closed
        self._order, self._sent = order, 0
        self._futures: deque[tuple[Any, threading.Event]] = deque()

    def enter(self, origin: Origin) -> bool:
        """Return whether the worker fits and is free; if not, it is lent no more.

        One that another run has is lent again later.
        """
        try:
            (entered,) = self._results(enter, [(origin,)])
        except _CallFailed as error:
            entered = Unfit(str(error))
        except WorkerLost:
            return False
        if isinstance(entered, Station):
            self.station = entered
            self._order = self._order._replace(token=entered.token)
            return True
        if isinstance(entered, Unfit):
            self._workers.refuse(self.address, entered.why)
        else:
            self._workers.postpone(self.address)
        return False

    def do(self, jobs: Iterable[Job], ahead: int = AHEAD) -> Iterator[Done | Spent]:
        """Do jobs; yield their ends in order, and before each what its trial has spent.

        Args:
            jobs: They are begun in this order.
            ahead: The most that are not yet back; with 1 it is known which one runs.

        Raises:
            WorkerLost: The worker can do no more.
        """
        calls = ((self._order, job) for job in jobs)
        for end in self._results(do, calls, ahead):
            if isinstance(end, Unfit):
                self._workers.refuse(self.address, end.why)
                raise WorkerLost(end.why, counted=False)
            if isinstance(end, Gone):
                raise WorkerLost(f"the Dask worker {self.address}: {end.why}")
            yield end

    def release(self) -> None:
        """Let the scheduler forget the jobs that are not done."""
        while self._futures:
            self._futures.popleft()[0].release()

    def _results(
        self,
        function: Callable[..., Any],
        calls: Iterable[tuple[Any, ...]],
        ahead: int = 1,
    ) -> Iterator[Any]:
        waiting = iter(calls)
        for call in islice(waiting, ahead):
            self._send(function, call)
        while self._futures:
            yield from self._spent(*self._futures[0])
            result = self._result(self._futures[0][0])
            self._futures.popleft()[0].release()
            yield result  # before the next is sent, which fails if the worker ends now
            for call in islice(waiting, 1):
                self._send(function, call)

    def _send(self, function: Callable[..., Any], call: tuple[Any, ...]) -> None:
        self._workers.check(self.address)
        self._sent += 1
        future = self._workers.send(self.address, function, *call, place=self._sent)
        done = threading.Event()
        future.add_done_callback(lambda _: done.set())
        self._futures.append((future, done))

    def _spent(self, future: Any, done: threading.Event) -> Iterator[Spent]:
        """Yield what the trial of a job has spent, until the job has ended."""
        while not done.wait(_LOOK_EVERY):
            self._check_open()
            self._workers.check(self.address)
            share = self._workers.share(self.address, future.key)
            if share is not None:
                yield Spent(share)

    def _result(self, future: Any) -> Any:
        while True:
            try:
                result = future.result(_GATHER_SECONDS)
                self._check_open()  # else it may be what closing has made of it
                return result
            except TimeoutError:  # the worker may have ended before it was fetched
                pass
            except (Exception, asyncio.CancelledError) as error:
                self._check_open()
                self._workers.check(self.address)
                raise _CallFailed(in_a_line(error)) from error
            self._check_open()
            self._workers.check(self.address)

    def _check_open(self) -> None:
        if self._closed.is_set():
            raise EnvironmentFault("the worker was ended")
