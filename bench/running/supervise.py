"""Have trials done by a worker process that may hang, crash or eat the memory."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import psutil

from ..errors import DiskFull
from ..keeping import known, store
from ..planning.spec import Spec
from .crew import Worker
from .report import Report

GRACE = 5.0
"""Seconds a worker gets after its deadline."""
MEMORY_SHARE = 0.8
"""Share of the free memory that a worker may take."""
LOOK_EVERY = 0.2


class Gone(Exception):
    """The worker is no more; the sentence says why."""


def supervise(
    specs: Iterable[Spec],
    folder: Path,
    platform: str,
    report: Report,
    unknown: Iterable[Spec] = (),
) -> None:
    """Do trials one at a time, each recorded whatever becomes of it.

    A round of trials has a worker of its own: what sticks to a process, memory laid
    out well or badly, differs from round to round and is seen to be chance.

    Args:
        specs: Taken one by one, as they are done.
        folder: The run folder.
        platform: `cpu`, `gpu` or `tpu`.
        report: Told how it goes.
        unknown: One spec of each problem whose facts are worked out at the end.
    """
    crew = Crew(folder, platform)
    try:
        for spec in specs:
            report.started(spec)
            record = crew.trial(spec, report)
            report.finished(spec, record)
        for spec in unknown:
            crew.facts(spec, report)
    finally:
        crew.dismiss()


class Crew:
    """The worker at hand; another takes over when it is gone.

    Args:
        folder: The run folder.
        platform: `cpu`, `gpu` or `tpu`.
    """

    def __init__(self, folder: Path, platform: str):
        self._folder, self._platform = folder, platform
        self._worker: Worker | None = None
        self._device: str | None = None
        self._round = 0
        self._most_memory = MEMORY_SHARE * psutil.virtual_memory().available

    def dismiss(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.kill()
            self._worker = None

    def trial(self, spec: Spec, report: Report) -> dict[str, Any]:
        """Have a trial done and return its record, a `failed` one if need be.

        Raises:
            DiskFull: No room is left for the record; the trial is still to be done.
        """
        if spec.round != self._round:
            self.dismiss()
        self._round = spec.round
        watch = _Watch(spec)
        try:
            for event in self._do("trial", spec, watch):
                if event["event"] == "done":
                    return event["record"]
                if event["event"] == "full":
                    raise DiskFull(event["words"])
                report.progress(spec, watch.fraction())
        except Gone as error:
            return self._record_failure(spec, watch, str(error))
        raise AssertionError("a job ends done or gone")

    def facts(self, spec: Spec, report: Report) -> None:
        """Have a problem's facts worked out and kept."""
        try:
            for event in self._do("facts", spec, _Watch(spec)):
                if event["event"] == "done":
                    known.add(self._folder, spec, event["facts"])
        except Gone as error:
            report.line(f"{spec.problem_label}: no prices: {error}")

    def sweep(self, spec: Spec, **what: Any) -> dict[str, Any]:
        """Have settings tried, and return the event that ends it.

        Raises:
            Gone: The worker did not come to its end.
        """
        events = self._do("sweep", spec, _Watch(spec), **what)
        return next(event for event in events if event["event"] == "done")

    def _do(self, job: str, spec: Spec, watch: "_Watch", **what: Any):
        """Yield a job's events to the last; raise `Gone` if the worker does not."""
        if self._worker is None:
            self._worker = Worker(self._folder, self._platform)
        worker = self._worker
        worker.send({"job": job, "spec": spec.to_json()} | what)
        while True:
            event = worker.event(LOOK_EVERY)
            if event is None:
                why = worker.how_it_ended()
                self.dismiss()
                raise Gone(why)
            if event:
                self._device = event.get("device", self._device)
                watch.take_note(event)
                yield event
                if event["event"] == "done":
                    return
            self._see_to(worker, watch)

    def _see_to(self, worker: Worker, watch: "_Watch") -> None:
        held = worker.memory()
        if held > self._most_memory:
            self.dismiss()
            raise Gone(f"it took {held / 2**30:.1f} GiB of memory and was ended")
        if (why := watch.overdue()) is not None:
            self.dismiss()
            raise Gone(why)

    def _record_failure(self, spec: Spec, watch: "_Watch", why: str) -> dict[str, Any]:
        """Write a trial that its worker cannot, with the points that came through."""
        last = watch.snapshot
        record = last.get("record") or spec.to_json() | {"steps": 0, "seconds": 0.0}
        record |= {"end": "failed", "reason": why, "device": self._device}
        return store.write_trial(self._folder, record, last.get("csv", []))


class _Watch:
    """Knows from a trial's events how long it may be silent."""

    def __init__(self, spec: Spec):
        self._budget = spec.budget
        self._phase = "prepare"
        self._since = time.monotonic()
        self._spent: dict[str, Any] = {}
        self.snapshot: dict[str, Any] = {}

    def take_note(self, event: dict[str, Any]) -> None:
        if event["event"] == "snapshot":
            self.snapshot = event
            return
        self._phase, self._since = event["event"], time.monotonic()
        self._spent = event

    def overdue(self) -> str | None:
        """Return why the worker must go, or None."""
        silent = time.monotonic() - self._since
        if silent <= self._allowed() + GRACE:
            return None
        if self._phase in ("clock", "chunk"):
            steps = self._spent.get("steps", 0)
            return f"no sign of life for {silent:.1f} s after {steps} steps: ended"
        return f"not compiled after {silent:.1f} s: ended"

    def _allowed(self) -> float:
        if self._phase in ("clock", "chunk"):
            return max(0.0, self._budget.seconds - self._spent.get("seconds", 0.0))
        return self._budget.compile_seconds

    def fraction(self) -> float:
        """Return the largest share spent of any part of the budget."""
        spent, budget = self._spent, self._budget
        readings = spent.get("readings", [0] * 6)
        shares = [spent.get("seconds", 0.0) / budget.seconds]
        for used, most in (
            (spent.get("steps", 0), budget.steps),
            (readings[2], budget.gradients),
            (readings[0], budget.forwards),
        ):
            shares += [used / most] if most else []
        return min(1.0, max(shares))
