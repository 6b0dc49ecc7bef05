"""The contract of executors: the jobs they receive and the events they yield."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..config.schema import TuningTable
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


Job = Block | Sweep | Certify | Facts | Arrays


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
    """The result of a sweep, or the facts of a problem."""

    value: Any = field(repr=False)


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


Event = Started | Progress | Finished | Answer | Lost


class Executor(Protocol):
    """Runs jobs."""

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
        """End all workers."""
        ...
