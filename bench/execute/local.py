"""Run jobs in a worker process that may hang, crash or use too much memory."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import psutil

from factories import folder

from ..core.checking import checked
from ..core.errors import DiskFull, EnvironmentFault, last_output, last_words
from ..core.fit import Fit
from ..core.least_loss import LeastLoss
from ..core.records import LOST, TrialRecord
from ..core.spec import Spec
from ..store import trials
from ..store.environment import restriction
from . import watchdog
from .deadline import Watch
from .executor import (
    Answer,
    Block,
    Certify,
    Event,
    Facts,
    Finished,
    Job,
    Lost,
    Progress,
    Started,
    Untimed,
    order_of,
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
            self._seen = psutil.Process(self._process.pid)
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
            return self._seen.memory_info().rss
        except psutil.Error:
            return 0

    def threads(self) -> Mapping[int, float]:
        """Return the CPU seconds of each thread; all as one if it is unknown."""
        try:
            return {t.id: t.user_time + t.system_time for t in self._seen.threads()}
        except psutil.AccessDenied:  # macOS
            times = self._seen.cpu_times()
            return {0: times.user + times.system}
        except psutil.Error:
            return {}

    def was_killed(self) -> bool:
        """Return whether a signal from outside ended the process, by its name."""
        status = self._process.wait()
        return status < 0 and signal.Signals(-status).name in FROM_OUTSIDE

    def how_it_ended(self) -> str:
        """Return a sentence on how the process ended, with its last line on stderr."""
        status = self._process.wait()
        ended = f"the worker process exited with status {status}"
        if status < 0:
            ended = f"the worker process was ended by {signal.Signals(-status).name}"
        words = last_words(self.printed())
        return f"{ended}: {words}" if words else ended

    def printed(self) -> str:
        """Return the end of what an ended process printed."""
        self._tail.join(timeout=1.0)  # a child of the worker may keep the pipe open
        return b"".join([*self._stderr]).decode(errors="replace")

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
    """Restrict a worker to its platform; XLA_FLAGS are those of this process."""
    return {**os.environ, **restriction(platform)}


START_SECONDS = 300.0
"""Seconds in which a worker must open its device: on a busy machine it takes long."""
_CHUNKS = 64
"""Chunks of at most 4 KiB that are kept of what a worker prints."""
MEMORY_SHARE = 0.8
"""Share of the free memory that workers may use."""
LOOK_EVERY = 0.2
"""Seconds between looks at a worker, each of which takes the parent some 10 us."""
ATTEMPTS = 2
"""How often a job is begun whose worker ends by what may be the machine's fault."""
FROM_OUTSIDE = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGXCPU")
"""Signals of a user, a job scheduler or a full memory; a fault sends SIGSEGV, ..."""


class WorkerGone(Exception):
    """The worker has ended; the message says why.

    Attributes:
        own: Whether the job itself was the reason, and not perhaps the machine.
        crashed: Whether its own process ended it, not a limit.
        output: The end of what it printed.
    """

    def __init__(self, why: str, own: bool, crashed: bool = False, output: str = ""):
        super().__init__(why)
        self.own, self.crashed, self.output = own, crashed, last_output(output)


class LocalExecutor:
    """An executor with one worker process at a time on this machine.

    A worker that has ended is replaced. Each round of trials has its own worker:
    properties of a process, such as its memory layout, then vary between rounds and
    are part of the measured variation.

    Args:
        folder: The run folder.
        platform: `cpu`, `gpu` or `tpu`.
        ahead: Workers that were started already; the first job takes one of them.
        beside: How many others run side by side with it, also while trials are timed.
    """

    def __init__(
        self,
        folder: Path,
        platform: str,
        ahead: "deque[WorkerProcess] | None" = None,
        beside: int = 0,
    ):
        self._folder, self._platform, self._beside = folder, platform, beside
        self._ahead = deque[WorkerProcess]() if ahead is None else ahead
        self._worker: WorkerProcess | None = None
        self._device: str | None = None
        self._round: int | None = None
        self._looked, self._closed = 0.0, False
        self._most_memory = self._memory_left()

    def _memory_left(self) -> float:
        """Return the bytes that a worker may hold, from those that are free now."""
        return MEMORY_SHARE * psutil.virtual_memory().available / (1 + self._beside)

    def close(self) -> None:
        """End the worker for good; see `Executor.close`."""
        self._closed = True
        self._end_worker()

    def _end_worker(self) -> None:
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
            if self._round is None:  # workers beside it have ended by now
                self._most_memory = self._memory_left()
            elif job.round != self._round:
                self._end_worker()
            self._round = job.round
            for spec in job.trials:
                yield Started(spec)
                yield from self._trial(spec, job.least)
        else:
            yield self._answer(job)

    def _trial(self, spec: Spec, least: LeastLoss) -> Iterator[Event]:
        for interruptions in range(ATTEMPTS):
            watch = Watch(spec)
            order = {"job": "trial", "least": least, "folder": str(self._folder)}
            order |= {"interruptions": interruptions, "beside": self._beside}
            try:
                yield from self._attempt(spec, order, watch)
                return
            except WorkerGone as error:
                if self._closed:  # by another thread: the trial is missing, not lost
                    raise EnvironmentFault("the worker was ended") from None
                if error.own or interruptions + 1 == ATTEMPTS:
                    record = self._record_loss(spec, watch, error, interruptions)
                    yield Finished(spec, record)
                    return

    def _attempt(self, spec: Spec, order: Message, watch: Watch) -> Iterator[Event]:
        for message in self._messages(order, spec, watch):
            if message["event"] == "done":
                yield Finished(spec, TrialRecord.from_json(message["record"]))
            elif message["event"] == "full":
                raise DiskFull(message["lines"])
            else:
                yield Progress(spec, watch.share())

    def _answer(self, job: Facts | Untimed) -> Event:
        order, seconds = order_of(job), job.seconds if isinstance(job, Certify) else 0.0
        attempts = ATTEMPTS
        while True:
            attempts -= 1
            try:
                watch = Watch(job.spec, seconds)
                *told, last = self._messages(order, job.spec, watch)
            except WorkerGone as error:
                if error.own or not attempts:
                    return Lost(str(error), died=error.crashed, unknown=not error.own)
            else:
                break
        if "why" in last:
            return Lost(last["why"], last.get("refused", False))
        fits = tuple(checked(Fit, each["fit"]) for each in told if "fit" in each)
        return Answer(last["value"], fits)

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

    def _messages(self, order: Message, spec: Spec, watch: Watch) -> Iterator[Message]:
        """Yield a worker's messages on a job.

        Raises:
            WorkerGone: The worker ended before the job.
        """
        worker = self._ready_worker()
        worker.send(order | {"spec": spec.to_json(), "paths": folder()})
        while True:
            message = worker.message(LOOK_EVERY)
            if message is None:
                why, own = worker.how_it_ended(), not worker.was_killed()
                self._end_worker()
                raise WorkerGone(why, own, own, worker.printed())
            if message:
                watch.see(message)
                yield message
                if message["event"] == "done":
                    return
            self._keep_limits(worker, watch)

    def _keep_limits(self, worker: WorkerProcess, watch: Watch) -> None:
        """End a worker that uses too much memory or takes too long."""
        now = time.monotonic()
        if now - self._looked < LOOK_EVERY:
            return
        self._looked = now
        held = worker.memory()
        if held > self._most_memory:
            self._end_worker()
            words = f"it took {held / 2**30:.1f} GiB of memory and was ended"
            raise WorkerGone(words, own=True, output=worker.printed())
        if (late := watch.overdue(worker.threads)) is not None:
            self._end_worker()
            raise WorkerGone(late.why, late.own, output=worker.printed())

    def _record_loss(
        self, spec: Spec, watch: Watch, gone: WorkerGone, interruptions: int
    ) -> TrialRecord:
        """Write a trial whose worker has ended, with the last rows that it sent."""
        last = watch.snapshot
        known = last.get("record")
        begun = TrialRecord.from_json(known) if known else TrialRecord(spec, "failed")
        record = replace(
            begun,
            end="failed" if gone.own else LOST,
            reason=str(gone),
            output=gone.output,
            device=self._device,
            interruptions=interruptions + (not gone.own),
            beside=self._beside,
        )
        return trials.write_trial(self._folder, record, last.get("csv", []))
