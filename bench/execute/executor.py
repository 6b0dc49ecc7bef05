"""The contract of executors: the jobs they receive and the events they yield."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ..config.schema import TuningTable
from ..core.fit import Fit
from ..core.least_loss import LeastLoss
from ..core.records import TrialRecord
from ..core.spec import Spec


@dataclass(frozen=True)
class Block:
    """The trials of one problem in one round, which are sent to one worker together.

    Trials that are compared have then run on the same machine.

    Attributes:
        trials: Their specs.
        least: The least loss of their problem.
    """

    trials: Sequence[Spec]
    least: LeastLoss = LeastLoss()  # noqa: RUF009 (immutable)

    @property
    def round(self) -> int:
        """The round of the trials."""
        return self.trials[0].round


@dataclass(frozen=True)
class Sweep:
    """A job: try some settings of one optimizer on one problem in a sweep.

    Attributes:
        spec: Problem and optimizer, with the fixed settings.
        table: The config's `[tuning]`.
        settings: Each replaces or adds to the fixed ones.
        least: The least loss of the problem.
    """

    spec: Spec
    table: TuningTable
    settings: Sequence[dict[str, float]]
    least: LeastLoss = LeastLoss()  # noqa: RUF009 (immutable)


@dataclass(frozen=True)
class Certify:
    """A job: make a problem, check it, and compute the certificate of its least loss.

    It runs before the problem's trials, and once: no trial computes the certificate.

    Attributes:
        spec: Any trial on the problem.
        seconds: What the certificate may take, without the time to make the problem.
    """

    spec: Spec
    seconds: float


@dataclass(frozen=True)
class Facts:
    """A job: compute a problem's size and the prices of its calls.

    Attributes:
        spec: Any trial on the problem.
    """

    spec: Spec


@dataclass(frozen=True)
class Arrays:
    """A job: compute a digest of the arrays that a problem holds.

    Attributes:
        spec: Any spec with the problem; its optimizer is not made.
    """

    spec: Spec


@dataclass(frozen=True)
class Make:
    """A job: make the compiled program of a trial, and keep it on disk.

    Its answer is whether later processes on the machine of the run folder find the
    program. Why one cannot be made is stated by its trials; the job is lost only if
    making it ends the worker.

    Attributes:
        spec: Any trial with the program.
    """

    spec: Spec


Untimed = Sweep | Certify | Arrays | Make
"""A job during which no clock runs: others may run beside it."""
Job = Block | Facts | Untimed


@dataclass(frozen=True)
class Started:
    """A trial begins."""

    spec: Spec


@dataclass(frozen=True)
class Progress:
    """A trial has spent a share of its budget, 0 to 1."""

    spec: Spec
    share: float


@dataclass(frozen=True)
class Finished:
    """A trial has ended, and its files are written."""

    spec: Spec
    record: TrialRecord


@dataclass(frozen=True)
class Answer:
    """The result of a job that is no block.

    Attributes:
        value: The result.
        fits: Of a sweep, the `Fit` of each group of trials that it ran together.
    """

    value: Any = field(repr=False)
    fits: Sequence[Fit] = ()


@dataclass(frozen=True)
class Lost:
    """A job without a result.

    Attributes:
        reason: One sentence.
        refused: Whether the problem itself is wrong, so that no trial on it can run.
        died: Whether the worker crashed, so that another one may do the job.
        unknown: Whether the machine may be the reason, in two attempts.
    """

    reason: str
    refused: bool = False
    died: bool = False
    unknown: bool = False


_NAMES = {Certify: "certify", Facts: "facts", Arrays: "arrays", Make: "make"}


def order_of(job: Facts | Untimed) -> dict[str, Any]:
    """Return the message that sends a worker a job that is no trial."""
    if isinstance(job, Sweep):
        table = job.table.model_dump()
        order = {"job": "sweep", "table": table, "settings": list(job.settings)}
        return order | {"least": job.least}
    return {"job": _NAMES[type(job)]}


Event = Started | Progress | Finished | Answer | Lost


class Executor(Protocol):
    """Runs jobs."""

    def start(self) -> None:
        """Start what the jobs to come need, and return at once."""
        ...

    def submit(self, job: Job) -> Iterator[Event]:
        """Run a job, and yield its events.

        A block yields `Started`, `Progress` and `Finished` for each of its trials,
        also if a worker dies; any other job ends with `Answer` or `Lost`.

        Raises:
            DiskFull: No room is left for a trial's record; the trial is missing.
            EnvironmentFault: No worker can start here.
        """
        ...

    def close(self) -> None:
        """End all workers for good; a job of another thread is then lost.

        A trial of another thread has no record then.
        """
        ...


MakeExecutor = Callable[[Path, str], Executor]
"""Makes an executor for a run folder and a platform."""


def answer(executor: Executor, job: Facts | Untimed) -> Answer | Lost:
    """Return the end of a job that is no block."""
    ends = (e for e in executor.submit(job) if isinstance(e, Answer | Lost))
    return next(ends, Lost("the executor did not answer"))
