"""Run jobs in a worker process that may hang, crash or use too much memory."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import psutil

from ..core.errors import DiskFull, EnvironmentFault, last_words
from ..core.least_loss import LeastLoss
from ..core.readings import zeros
from ..core.records import TrialRecord
from ..core.spec import Spec
from ..measurement.budget import Spending
from ..store import trials
from . import watchdog
from .executor import (
    Answer,
    Arrays,
    Block,
    Certify,
    Event,
    Facts,
    Finished,
    Job,
    Lost,
    Make,
    Progress,
    Started,
    Sweep,
    Untimed,
)

Message = dict[str, Any]


class WorkerProcess:
    """A worker process of this run, started when made.

    Args:
        platform: `cpu`, `gpu` or `tpu`.

    Attributes:
        ready: Whether it has opened its device.
    """

    ready = False

    def __init__(self, platform: str):
        self._process = subprocess.Popen(
            _python("worker", platform),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(platform),
            start_new_session=True,  # only the parent handles a Ctrl-C
        )
        try:
            self._watchdog = subprocess.Popen(
                _python("watchdog", str(self._process.pid)),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,  # it outlives the parent's group
            )
            self._messages: SimpleQueue[Message | None] = SimpleQueue()
            self._stderr: deque[bytes] = deque(maxlen=_CHUNKS)
            self._tail = threading.Thread(target=self._keep_stderr, daemon=True)
            self._tail.start()
            threading.Thread(target=self._listen, daemon=True).start()
        except BaseException:  # too few processes or threads
            watchdog.end(self._process.pid)
            raise

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._messages.put(json.loads(line))
        self._messages.put(None)

    def _keep_stderr(self) -> None:
        """Keep the end of what the worker prints, and its pipe from filling."""
        assert self._process.stderr is not None
        while chunk := os.read(self._process.stderr.fileno(), 4096):
            self._stderr.append(chunk)

    def wait_until_ready(self) -> Message:
        """Return the message that a worker sends when it has opened its device.

        Raises:
            EnvironmentFault: It cannot start here.
        """
        message = self.message(START_SECONDS)
        if message:
            self.ready = True
            return message
        why = f"it does not answer within {START_SECONDS:.0f} s"
        if message is None:
            why = self.how_it_ended()
        raise EnvironmentFault(f"no trial can run here: {why}")

    def send(self, message: Message) -> None:
        """Send the worker a job; nothing happens if it has ended."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return

    def message(self, seconds: float) -> Message | None:
        """Return the next message, `{}` after a timeout, None at the end."""
        try:
            return self._messages.get(timeout=seconds)
        except Empty:
            return {}

    def memory(self) -> int:
        """Return the bytes of memory that the worker holds."""
        try:
            return psutil.Process(self._process.pid).memory_info().rss
        except psutil.Error:
            return 0

    def how_it_ended(self) -> str:
        """Return a sentence on how the process ended, with its last line on stderr."""
        status = self._process.wait()
        if status < 0:
            name = signal.Signals(-status).name
            ended = f"the worker process was ended by {name}"
        else:
            ended = f"the worker process exited with status {status}"
        self._tail.join(timeout=1.0)  # a child of the worker may keep the pipe open
        words = last_words(b"".join([*self._stderr]).decode(errors="replace"))
        return f"{ended}: {words}" if words else ended

    def kill(self) -> None:
        """Kill the process and its children."""
        watchdog.end(self._process.pid)
        self._watchdog.kill()
        self._process.wait()
        self._watchdog.wait()


_START = """
import json, runpy, sys
sys.path[:], name = json.loads(sys.argv[1]), sys.argv[2]
del sys.argv[1:3]
runpy.run_module("bench.execute." + name, run_name="__main__", alter_sys=True)
"""


def _python(module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module beside this one.

    Its modules are found where this process finds them, in the same order.
    """
    code = ["-P", "-c", _START, json.dumps(sys.path), module]
    return [sys.executable, *code, *arguments]


def _environment(platform: str) -> dict[str, str]:
    """Restrict a worker to its platform; starting another takes seconds."""
    if platform == "cpu":
        return {**os.environ, "JAX_PLATFORMS": "cpu"}
    return dict(os.environ)


START_SECONDS = 120.0
"""Seconds in which a worker must open its device."""
_CHUNKS = 64
"""Chunks of at most 4 KiB that are kept of what a worker prints."""
GRACE = 5.0
"""Seconds a worker gets after its deadline."""
MEMORY_SHARE = 0.8
"""Share of the free memory that a worker may use."""
LOOK_EVERY = 0.2


_NAMES = {Arrays: "arrays", Facts: "facts", Make: "make"}


class WorkerGone(Exception):
    """The worker has ended; the message says why."""


class WorkerDied(WorkerGone):
    """The worker has ended, and no limit was the reason."""


class LocalExecutor:
    """An executor with one worker process at a time on this machine.

    A worker that has ended is replaced. Each round of trials has its own worker:
    properties of a process, such as its memory layout, then vary between rounds and
    are part of the measured variation.

    Args:
        folder: The run folder.
        platform: `cpu`, `gpu` or `tpu`.
        ahead: Workers that were started already; the first job takes one of them.
    """

    def __init__(
        self, folder: Path, platform: str, ahead: "deque[WorkerProcess] | None" = None
    ):
        self._folder, self._platform = folder, platform
        self._ahead = deque[WorkerProcess]() if ahead is None else ahead
        self._worker: WorkerProcess | None = None
        self._device: str | None = None
        self._round = 0
        self._most_memory = MEMORY_SHARE * psutil.virtual_memory().available

    def close(self) -> None:
        """End the worker; see `Executor.close`."""
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()

    def start(self) -> None:
        """Start the worker; see `Executor.start`."""
        if self._worker is None:
            try:
                self._worker = self._ahead.popleft()
            except IndexError:
                self._worker = WorkerProcess(self._platform)

    def submit(self, job: Job) -> Iterator[Event]:
        """Run a job; see `Executor.submit`."""
        if isinstance(job, Block):
            if job.round != self._round:
                self.close()
            self._round = job.round
            for spec in job.trials:
                yield Started(spec)
                yield from self._trial(spec, job.least)
        else:
            yield self._answer(job)

    def _trial(self, spec: Spec, least: LeastLoss) -> Iterator[Event]:
        worker = self._ready_worker()
        watch = Watch(spec)
        order = {"job": "trial", "least": least, "folder": str(self._folder)}
        try:
            for message in self._messages(worker, order, spec, watch):
                if message["event"] == "done":
                    yield Finished(spec, TrialRecord.from_json(message["record"]))
                elif message["event"] == "full":
                    raise DiskFull(message["lines"])
                else:
                    yield Progress(spec, watch.share())
        except WorkerGone as error:
            yield Finished(spec, self._record_failure(spec, watch, str(error)))

    def _answer(self, job: Facts | Untimed) -> Event:
        worker = self._ready_worker()
        watch = Watch(job.spec)
        if isinstance(job, Sweep):
            table = job.table.model_dump()
            order = {"job": "sweep", "table": table, "settings": list(job.settings)}
            order["least"] = job.least
        elif isinstance(job, Certify):
            order = {"job": "certify"}
            watch = Watch(job.spec, job.seconds)
        else:
            order = {"job": _NAMES[type(job)]}
        try:
            *_, last = self._messages(worker, order, job.spec, watch)
        except WorkerGone as error:
            return Lost(str(error), died=isinstance(error, WorkerDied))
        if "why" in last:
            return Lost(last["why"], last.get("refused", False))
        return Answer(last["value"])

    def _ready_worker(self) -> WorkerProcess:
        """Return the worker, started if there is none.

        Raises:
            EnvironmentFault: None can start here.
        """
        self.start()
        worker = self._worker
        if worker is None:  # another thread has just closed this executor
            raise EnvironmentFault("the worker was ended while it started")
        if not worker.ready:
            self._device = worker.wait_until_ready().get("device")
        return worker

    def _messages(
        self, worker: WorkerProcess, order: Message, spec: Spec, watch: "Watch"
    ) -> Iterator[Message]:
        """Yield a worker's messages on a job.

        Raises:
            WorkerGone: The worker ended before the job.
        """
        worker.send(order | {"spec": spec.to_json()})
        while True:
            message = worker.message(LOOK_EVERY)
            if message is None:
                why = worker.how_it_ended()
                self.close()
                raise WorkerDied(why)
            if message:
                watch.see(message)
                yield message
                if message["event"] == "done":
                    return
            self._keep_limits(worker, watch)

    def _keep_limits(self, worker: WorkerProcess, watch: "Watch") -> None:
        """End a worker that uses too much memory or takes too long."""
        held = worker.memory()
        if held > self._most_memory:
            self.close()
            raise WorkerGone(f"it took {held / 2**30:.1f} GiB of memory and was ended")
        if (why := watch.overdue()) is not None:
            self.close()
            raise WorkerGone(why)

    def _record_failure(self, spec: Spec, watch: "Watch", why: str) -> TrialRecord:
        """Write a trial whose worker has ended, with the last rows that it sent."""
        last = watch.snapshot
        begun = TrialRecord(spec, "failed")
        if "record" in last:
            begun = TrialRecord.from_json(last["record"])
        record = replace(begun, end="failed", reason=why, device=self._device)
        return trials.write_trial(self._folder, record, last.get("csv", []))


class Watch:
    """Computes from a worker's messages how long it may be silent.

    Args:
        spec: The trial that the worker runs.
        certificate_seconds: What a certificate may take.

    Attributes:
        snapshot: The trial's record and trace, as last received.
    """

    def __init__(self, spec: Spec, certificate_seconds: float = 0.0):
        self._budget = spec.budget
        self._certificate_seconds = certificate_seconds
        self._spending = Spending(spec.budget)
        self._phase = "prepare"
        self._since = time.monotonic()
        self._spent: dict[str, Any] = {}
        self.snapshot: Message = {}

    def see(self, message: Message) -> None:
        """Process a message."""
        if message["event"] == "snapshot":
            self.snapshot = message
            return
        self._phase, self._since = message["event"], time.monotonic()
        self._spent = message

    def overdue(self) -> str | None:
        """Return why the worker must be ended, or None."""
        silent = time.monotonic() - self._since
        if silent <= self._allowed() + GRACE:
            return None
        if self._phase in ("clock", "chunk"):
            steps = self._spent.get("steps", 0)
            return f"no progress for {silent:.1f} s after {steps} steps: ended"
        if self._phase == "certify":
            return f"no certificate within {self._certificate_seconds:g} s"
        return f"not compiled after {silent:.1f} s: ended"

    def _allowed(self) -> float:
        if self._phase in ("clock", "chunk"):
            return max(0.0, self._budget.seconds - self._spent.get("seconds", 0.0))
        if self._phase == "certify":
            return self._certificate_seconds
        return self._budget.compile_seconds

    def share(self) -> float:
        """Return the largest share of any limit of the budget that is spent."""
        spent = self._spent
        steps, seconds = spent.get("steps", 0), spent.get("seconds", 0.0)
        return self._spending.share(steps, seconds, spent.get("readings", zeros()))
