"""The tuning tasks of a run, several at a time."""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from ..config.tuning_task import TuningTask
from ..core.errors import EnvironmentFault
from ..core.fit import Fit
from ..core.least_loss import LeastLoss
from ..core.records import TuningRecord
from ..core.spec import Spec
from ..store import files
from ..store.trials import write_tuning
from ..tune.search import (
    NotTuned,
    Scores,
    Settings,
    Try,
    is_tuned,
    outcome,
    search,
)
from .executor import Answer, Executor, Lost, Sweep, answer
from .pool import Pool
from .progress import Report
from .time_left import Unit

_WAIT = 0.5
"""Seconds after which the locks of tasks held by other processes are tried again."""


class _Interrupted(Exception):
    """A sweep was lost, and the machine may be the reason."""


class _Tuned(NamedTuple):
    """A task's record, and the lock that is held until the record is written."""

    record: TuningRecord
    lock: FileLock


class Tuning:
    """The tuning of a run folder.

    If no settings of a task could be tried, its trials run with the default settings,
    and its record states the error.

    Args:
        folder: The run folder.
        least: Returns the least loss of a trial's problem.
        lost: Returns why a trial's program cannot be made; None if it can.
        report: Shows the progress, with a line for each task.
    """

    def __init__(
        self,
        folder: Path,
        least: Callable[[Spec], LeastLoss],
        lost: Callable[[Spec], str | None],
        report: Report,
    ):
        self._folder, self._least, self._lost = folder, least, lost
        self._report = report

    def missing(self, tasks: Sequence[TuningTask]) -> list[TuningTask]:
        """Return the tasks without a record, problems and optimizers mixed.

        The first ones then say how long the others take, and no two workers have all
        long ones at the end. Records do not depend on the order.
        """
        missing = [t for t in tasks if not is_tuned(t, self._folder, self._report.line)]
        return sorted(missing, key=lock_name)  # a hash

    def complete(self, pool: Pool, tasks: Sequence[TuningTask]) -> None:
        """Run the missing tasks, and write a record of each.

        Tasks that another process has begun come last, and run here only if that
        process does not finish them.
        """
        missing = self.missing(tasks)
        while missing:
            ended = len(tasks) - len(missing)
            for task, tuned in pool.results(missing, self._tuned, self._began):
                self._report.ended(unit_of(task))
                if isinstance(tuned, Lost):
                    raise EnvironmentFault(
                        f"{task.spec.problem_label} {task.spec.label} cannot be tuned "
                        f"here: {tuned.reason}"
                    )
                if tuned is not None:
                    ended += 1
                    self._write(tuned, f"[tuning {ended}/{len(tasks)}]")
            missing = self.missing(missing)
            if missing:
                time.sleep(_WAIT)

    def _began(self, task: TuningTask) -> None:
        self._report.began(unit_of(task))

    def _tuned(self, executor: Executor, task: TuningTask) -> _Tuned | Lost | None:
        """Run a task; return None if another process runs it or has run it.

        One that was lost has no record, so that another run tunes it.
        """
        lock = files.acquire_lock(self._folder, lock_name(task))
        if lock is None:
            return None
        if is_tuned(task, self._folder, self._report.line):
            lock.release()
            return None
        try:
            fits: list[Fit] = []
            record = search(task, self._trying(executor, task, fits.append))
            return _Tuned(replace(record, fits=fits), lock)
        except _Interrupted as error:
            lock.release()
            return error.args[0]

    def _trying(
        self, executor: Executor, task: TuningTask, tell: Callable[[Fit], None]
    ) -> Try:
        least, lost = self._least(task.spec), self._lost(task.spec)
        return trying(executor, task, least, lost, tell)

    def _write(self, tuned: _Tuned, number: str) -> None:
        write_tuning(self._folder, tuned.record)
        tuned.lock.release()
        self._report.line(f"{number} {outcome(tuned.record)}")


def unit_of(task: TuningTask) -> Unit:
    """Return a task as a unit of work."""
    return Unit("tuning", task.spec.problem_label, task.spec.label)


def lock_name(task: TuningTask) -> str:
    """Return the name of a task's lock."""
    return f"tuning-{hashlib.sha256(task.key.encode()).hexdigest()[:12]}"


def trying(
    executor: Executor,
    task: TuningTask,
    least: LeastLoss,
    lost: str | None = None,
    tell: Callable[[Fit], None] = lambda fit: None,
) -> Try:
    """Return a function that tries a task's settings by a job of an executor.

    Args:
        executor, task: Both.
        least: The least loss of the task's problem.
        lost: Why nothing can be tried.
        tell: Called with the `Fit` of each group of trials that ran together.
    """

    def attempt(settings: Sequence[Settings]) -> list[Scores]:
        if lost is not None:
            raise NotTuned(lost)
        job = Sweep(task.spec, task.table, settings, least)
        event = answer(executor, job)
        if isinstance(event, Lost) and event.died:  # perhaps not by the sweep's fault
            event = answer(executor, job)
        if isinstance(event, Answer):
            for fit in event.fits:
                tell(fit)
            return event.value
        if event.unknown:
            raise _Interrupted(event)
        raise NotTuned(event.reason)

    return attempt
