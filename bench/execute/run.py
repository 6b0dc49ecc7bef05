"""Do what is missing of a run: tune, do the trials, price the calls."""

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from ..config.plan import Plan
from ..config.schema import Config
from ..config.tuning_task import TuningTask
from ..core.errors import StoreError
from ..core.records import TrialRecord
from ..core.spec import Spec
from ..store import folder as run_folder
from ..store import problem_facts, trials, tuning
from ..store.environment import Device
from ..tune.search import NotTuned, Scores, Settings, Try, chosen, tune
from .executor import Answer, Executor, Facts, Finished, Lost, Progress, Started, Sweep
from .local import LocalExecutor
from .pending import Pending, adopt, relabel
from .progress import Report, reporter

MakeExecutor = Callable[[Path, str], Executor]
"""Makes an executor for a run folder and a platform."""


class Runner:
    """A config that is run on a device into a folder.

    Args:
        config: A checked config.
        device: Where to.
        folder: The run folder.
        mix: Go on in a folder made with other software or another device.
        make_executor: Makes what does the jobs.
    """

    def __init__(
        self,
        config: Config,
        device: Device,
        folder: Path,
        mix: bool = False,
        make_executor: MakeExecutor = LocalExecutor,
    ):
        self._config, self._device, self._folder = config, device, folder
        self._mix, self._make_executor = mix, make_executor
        self._plan = Plan(config, device.kind)

    def tune(self) -> None:
        """Choose the settings that are not chosen yet."""
        if not self._plan.tasks:
            return
        run_folder.prepare(self._folder)
        described = run_folder.describe(self._config, [], self._device)
        if not self._mix:
            run_folder.refuse_mix(self._folder, described, ())
        executor = self._executor()
        try:
            tune(self._plan.tasks, self._folder, lambda t: _trying(executor, t), _tell)
        finally:
            executor.close()

    def complete(
        self, rounds: int | None = None, retry: Sequence[str] = (), quiet: bool = False
    ) -> list[Spec]:
        """Do what is missing of the run, and return its trials.

        Args:
            rounds: In place of the config's.
            retry: Ends that are done again.
            quiet: Do not say how much is done already.
        """
        specs, done = self._resume(rounds)
        again = [key for key, record in done.items() if record.end in retry]
        missing = [s for s in specs if s.key not in done or s.key in again]
        if not quiet and len(missing) < len(specs):
            kept = len(specs) - len(missing)
            _tell(f"{kept} of {len(specs)} trials are finished already")
        unpriced = problem_facts.lacking(self._folder, specs)
        if missing or unpriced:
            self._do(Pending(missing, self._folder, again), unpriced)
        return specs

    def _resume(self, rounds: int | None) -> tuple[list[Spec], dict[str, TrialRecord]]:
        """Write run.json and return the finished trials of the folder."""
        folder = self._folder
        run_folder.prepare(folder)
        done = trials.finished(folder, _tell)
        choices = chosen(tuning.read(folder, task.key) for task in self._plan.tasks)
        specs = adopt(self._plan.specs(choices, rounds), done)
        described = run_folder.describe(self._config, specs, self._device)
        if done and not self._mix:
            run_folder.refuse_mix(folder, described, done.values())
        relabel(specs, done, folder)
        run_folder.write(folder, described)
        return specs, done

    def _do(self, pending: Pending, unpriced: Sequence[Spec]) -> None:
        executor = self._executor()
        try:
            with reporter(pending.count) as report:
                while claim := pending.claim():
                    try:
                        _run_block(executor, claim.block, report)
                    finally:
                        claim.lock.release()
                for spec in unpriced:
                    self._price(executor, spec, report)
        finally:
            executor.close()

    def _price(self, executor: Executor, spec: Spec, report: Report) -> None:
        for event in executor.submit(Facts(spec)):
            if isinstance(event, Answer):
                problem_facts.add(self._folder, spec, event.value)
            elif isinstance(event, Lost):
                report.line(f"{spec.problem_label}: no prices: {event.reason}")

    def _executor(self) -> Executor:
        return self._make_executor(self._folder, self._device.platform)


def _run_block(executor: Executor, block, report: Report) -> None:
    for event in executor.submit(block):
        if isinstance(event, Started):
            report.started(event.spec)
        elif isinstance(event, Progress):
            report.progress(event.spec, event.share)
        elif isinstance(event, Finished):
            report.finished(event.spec, event.record)


def _trying(executor: Executor, task: TuningTask) -> Try:
    """Return what tries a task's settings by a job of the executor."""

    def attempt(settings: Sequence[Settings]) -> list[Scores]:
        for event in executor.submit(Sweep(task.spec, task.table, settings)):
            if isinstance(event, Answer):
                return event.value
            if isinstance(event, Lost):
                raise NotTuned(event.reason)
        raise NotTuned("the executor did not answer")

    return attempt


def check_complete(specs: Sequence[Spec], folder: Path) -> int:
    """Name what failed of a run, and return the exit status: 1 where something did.

    Raises:
        StoreError: A trial has left nothing.
    """
    done = trials.finished(folder)
    missing = [spec.key for spec in specs if spec.key not in done]
    if missing:
        raise StoreError(f"{len(missing)} trials left nothing: {missing[0]} first")
    failed = sum(done[spec.key].end == "failed" for spec in specs)
    if failed:
        count = f"{failed} trial{'s' * (failed > 1)}"
        _tell(f"{count} failed; --retry failed runs them again")
    return 1 if failed else 0


def _tell(line: str) -> None:
    click.echo(line, err=True)
