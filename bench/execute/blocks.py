"""Run the missing trials block by block, on one worker or on several side by side."""

import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..core.least_loss import LeastLoss
from ..core.records import TrialRecord
from ..core.spec import Spec
from ..store import trials
from .executor import Block, Executor, Finished, Progress, Started
from .pending import Pending
from .pool import Pool
from .progress import Report


class Blocks:
    """The blocks of a run folder.

    Args:
        folder: The run folder.
        kind: The kind of device.
        least: Returns the least loss of a trial's problem.
        lost: Returns why a trial's program cannot be made; None if it can.
        report: Shows the progress.
        before: Called before each block.
    """

    def __init__(
        self,
        folder: Path,
        kind: str,
        least: Callable[[Spec], LeastLoss],
        lost: Callable[[Spec], str | None],
        report: Report,
        before: Callable[[], None] = lambda: None,
    ):
        self._folder, self._kind, self._report = folder, kind, report
        self._least, self._lost, self._before = least, lost, before
        self._claiming = threading.Lock()

    def complete(self, pool: Pool, pending: Pending) -> None:
        """Run the missing trials; each executor of a pool runs a block at a time."""
        turns = range(pending.blocks)
        for _ in pool.results(turns, partial(self._next, pending)):
            pass

    def _next(self, pending: Pending, executor: Executor, number: int) -> None:
        """Run the next block that no other process runs."""
        del number
        with self._claiming:
            claim = pending.claim()
        if claim is None:
            return
        self._before()
        try:
            least = self._least(claim.block.trials[0])
            self._run(executor, replace(claim.block, least=least))
        finally:
            claim.lock.release()

    def _run(self, executor: Executor, block: Block) -> None:
        """Run a block; trials whose program cannot be made fail with that reason."""
        report = self._report
        reasons = {spec.key: self._lost(spec) for spec in block.trials}
        for spec in block.trials:
            if (why := reasons[spec.key]) is not None:
                failed = TrialRecord(spec, "failed", why, device=self._kind)
                record = trials.write_trial(self._folder, failed, [])
                report.finished(spec, record)
        made = tuple(spec for spec in block.trials if reasons[spec.key] is None)
        for event in executor.submit(replace(block, trials=made)) if made else ():
            if isinstance(event, Started):
                report.started(event.spec)
            elif isinstance(event, Progress):
                report.progress(event.share)
            elif isinstance(event, Finished):
                report.finished(event.spec, event.record)
