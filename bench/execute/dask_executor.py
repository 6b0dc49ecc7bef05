"""Run jobs on the workers of a Dask scheduler."""

import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from factories import folder as paths

from ..core.records import TrialRecord
from ..core.spec import Spec
from ..store import folder as run_folder
from ..store import hosts, trials
from .cluster_job import Done, Order, Spent, Station
from .executor import (
    Answer,
    Block,
    Event,
    Facts,
    Finished,
    Job,
    Lost,
    Make,
    MakeExecutor,
    Progress,
    Started,
    Untimed,
)
from .lending import WorkerLost, Workers
from .lent import AHEAD, LentWorker
from .local import LocalExecutor
from .origin import Origin, programs

RETRIES = 2
"""How often a job is begun again whose Dask worker was lost."""


class DaskExecutor:
    """An executor whose jobs are done by the workers of a Dask scheduler.

    Each job has a worker to itself, if possible the one of the job before. There an
    executor of the kind that this machine would have does it, in a worker process with
    the same limits and deadlines. A trial's record and trace come back through the
    scheduler, and are written here. A program is made beforehand only if the worker
    keeps it where this machine finds it; otherwise each worker makes its own.

    If a Dask worker is lost, the unfinished trials of its block go to another. A trial
    that was the first of them three times has failed.

    Args:
        workers: Those of the scheduler.
        folder: The run folder.
        platform: `cpu`, `gpu` or `tpu`.
        inner: Makes the executor on a worker.
    """

    def __init__(
        self,
        workers: Workers,
        folder: Path,
        platform: str,
        inner: MakeExecutor = LocalExecutor,
    ):
        self._workers, self._folder, self._platform = workers, folder, platform
        self._inner, self._name = inner, uuid4().hex
        self._closed = threading.Event()
        self._last, self._used = "", set[str]()
        self._hosts: dict[tuple[str, str | None], str] = {}

    def start(self) -> None:
        """Do nothing, as a worker is lent for each job; see `Executor.start`."""

    def close(self) -> None:
        """End the worker processes for good; see `Executor.close`."""
        self._closed.set()
        self._workers.wake()
        used, self._used = self._used, set()
        self._workers.end(self._name, used)

    def submit(self, job: Job) -> Iterator[Event]:
        """Run a job; see `Executor.submit`."""
        if isinstance(job, Block):
            yield from self._block(job)
        else:
            yield self._answer(job)

    def _block(self, block: Block) -> Iterator[Event]:
        left, lost = deque(block.trials), Counter[str]()
        yield Started(left[0])
        while left:
            try:
                with self._lent([*left]) as worker:
                    jobs = [Block((spec,), block.least) for spec in left]
                    # After a loss one at a time, so that the right trial is blamed.
                    ahead = 1 if lost else AHEAD
                    for event in worker.do(jobs, ahead):
                        if isinstance(event, Spent):
                            yield Progress(left[0], event.share)
                            continue
                        (record, trace), spec = event, left.popleft()
                        placed = self._placed(record, worker, lost[spec.key])
                        yield Finished(spec, self._write(placed, trace))
                        if left:
                            yield Started(left[0])
            except WorkerLost as error:
                spec = left[0]
                lost[spec.key] += error.counted
                if lost[spec.key] > RETRIES:
                    left.popleft()
                    yield Finished(spec, self._write(_failed(spec, error), ""))
                    if left:
                        yield Started(left[0])

    def _answer(self, job: Facts | Untimed) -> Event:
        lost = 0
        while True:
            try:
                with self._lent([job.spec]) as worker:
                    if isinstance(job, Make) and worker.station.programs != programs():
                        return Answer(False)
                    ends = worker.do([job])
                    (done,) = (end for end in ends if isinstance(end, Done))
                    return self._with_host(done.end, worker.station)
            except WorkerLost as error:
                lost += error.counted
                if lost > RETRIES:
                    return Lost(str(error), unknown=True)

    @contextmanager
    def _lent(self, specs: Sequence[Spec]) -> Iterator[LentWorker]:
        """Have a worker that fits while inside."""
        platform, run = self._platform, self._workers.run
        origin = Origin.here(run, self._name, platform, specs)
        order = Order(self._name, paths(), run, "", self._inner, platform)
        while True:
            address = self._workers.lend(self._last, self._closed.is_set)
            self._used.add(address)
            worker = LentWorker(self._workers, address, order, self._closed)
            try:
                if worker.enter(origin):
                    self._last = address
                    yield worker
                    return
            finally:
                worker.release()
                self._workers.give_back(address)

    def _placed(
        self, record: TrialRecord, worker: LentWorker, lost: int
    ) -> TrialRecord:
        """Return a record with where its trial ran, and how often a worker was lost."""
        return replace(
            record,
            host=self._host(worker.station, record.device),
            worker=worker.station.name,
            beside=self._workers.beside(worker.address),
            interruptions=record.interruptions + lost,
        )

    def _with_host(self, end: Answer | Lost, station: Station) -> Answer | Lost:
        """State of each price which host measured it, unless it is that of run.json."""
        prices = _prices(end.value) if isinstance(end, Answer) else []
        if prices and (host := self._host(station, None)):
            for price in prices:
                price[run_folder.HOST] = host
        return end

    def _host(self, station: Station, kind: str | None) -> str:
        known = station.token, kind
        if known not in self._hosts:
            self._hosts[known] = hosts.added(self._folder, station.machine, kind)
        return self._hosts[known]

    def _write(self, record: TrialRecord, trace: str) -> TrialRecord:
        return trials.write_trial(self._folder, record, trace or [])


def _failed(spec: Spec, error: WorkerLost) -> TrialRecord:
    times = RETRIES + 1
    reason = f"its worker was lost {times} times, lastly: {error}"
    return TrialRecord(spec, "failed", reason, interruptions=times)


def _prices(value: Any) -> list[dict[str, Any]]:
    return value.get(run_folder.PRICES, []) if isinstance(value, dict) else []
