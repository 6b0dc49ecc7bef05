"""What a run submits and what comes back: jobs, events, and the executor between."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..config.schema import TuningTable
from ..core.records import TrialRecord
from ..core.spec import Spec


@dataclass(frozen=True)
class Block:
    """Trials that stay on one worker: one problem, one round, optimizers and seeds.

    What is compared has then run on the same machine.
    """

    trials: Sequence[Spec]

    @property
    def round(self) -> int:
        """The round of the trials."""
        return self.trials[0].round


@dataclass(frozen=True)
class Sweep:
    """Settings of one optimizer on one problem that are to be tried.

    Attributes:
        spec: Problem and optimizer, with the settings that are fixed.
        table: How they are tried.
        settings: What is put over the fixed ones.
    """

    spec: Spec
    table: TuningTable
    settings: Sequence[dict[str, float]]


@dataclass(frozen=True)
class Facts:
    """A problem's size, certificate and prices that are to be worked out.

    Attributes:
        spec: Any trial on the problem.
    """

    spec: Spec


Job = Block | Sweep | Facts


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
    """What a sweep or the facts of a problem came to."""

    value: Any = field(repr=False)


@dataclass(frozen=True)
class Lost:
    """A sweep or the facts of a problem could not be had; why, in a sentence."""

    reason: str


Event = Started | Progress | Finished | Answer | Lost


class Executor(Protocol):
    """Does jobs, wherever that is."""

    def submit(self, job: Job) -> Iterator[Event]:
        """Do a job, and yield what happens.

        A block yields `Started`, `Progress` and `Finished` for each of its trials,
        whatever becomes of them; any other job ends with `Answer` or `Lost`.

        Raises:
            DiskFull: No room is left for a trial's record; it is still to be done.
        """
        ...

    def close(self) -> None:
        """End all workers."""
        ...
