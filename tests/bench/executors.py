"""An executor that measures nothing: its trials end at once, as a test states."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.core.readings import READINGS
from bench.core.records import TrialRecord
from bench.core.spec import Spec
from bench.execute.executor import (
    Answer,
    Arrays,
    Block,
    Certify,
    Event,
    Finished,
    Job,
    Make,
    Progress,
    Started,
    Sweep,
)
from bench.store import trials


def replace_workers(monkeypatch: Any, executor: "StandInExecutor") -> None:
    """Let the verb `run` use an executor in place of worker processes."""
    monkeypatch.setattr("bench.execute.local.LocalExecutor", executor)
    started = "bench.execute.engine.started_ahead"
    monkeypatch.setattr(started, lambda *args: nullcontext(executor))


Rows = list[dict[str, Any]]
PRICES = {"seconds": 1e-6, "ratio_to_forward": 1.0}


class StandInExecutor:
    """Stands in for `LocalExecutor`: call it with a run folder and a platform.

    Args:
        trial: Returns the record and the rows of a trial.
        before: Called before each trial.
        arrays: Returns the digest of a problem's arrays.

    Attributes:
        done: The trials, in the order in which they were done.
        priced: The trials whose problems were priced.
        opened, closed: How often.
    """

    def __init__(
        self,
        trial: Callable[[Spec], tuple[TrialRecord, Rows]],
        before: Callable[[], None] = lambda: None,
        arrays: Callable[[Spec], str] = lambda spec: "",
    ):
        self.trial, self.before, self.arrays = trial, before, arrays
        self.done: list[Spec] = []
        self.priced: list[Spec] = []
        self.opened = self.closed = 0

    def __call__(self, folder: Path, platform: str) -> "StandInExecutor":
        """Be made for a run."""
        self.folder, self.platform = folder, platform
        self.opened += 1
        return self

    def start(self) -> None:
        """Do nothing: there is nothing to wait for."""

    def submit(self, job: Job) -> Iterator[Event]:
        """Do a block of trials; every call of a problem costs the same."""
        if isinstance(job, Arrays):
            yield Answer(self.arrays(job.spec))
            return
        if isinstance(job, Make):
            yield Answer(False)
            return
        if isinstance(job, Certify):
            yield Answer({"optimum": 0.0, "certificate": None})
            return
        if isinstance(job, Sweep):
            row = {"final_loss": 1.0, "cost": 1.0, "area": 1.0}
            yield Answer([{"choose": [row], "score": [row]} for _ in job.settings])
            return
        if not isinstance(job, Block):
            self.priced.append(job.spec)
            yield Answer({"prices": [{"call": call} | PRICES for call in READINGS]})
            return
        for spec in job.trials:
            self.before()
            self.done.append(spec)
            yield Started(spec)
            yield Progress(spec, 0.5)
            record, rows = self.trial(spec)
            record = replace(record, optimum=job.least.loss)
            yield Finished(spec, trials.write_trial(self.folder, record, rows))

    def close(self) -> None:
        """Count."""
        self.closed += 1

    @property
    def keys(self) -> list[str]:
        """The keys of the trials that were done."""
        return [spec.key for spec in self.done]
