"""Do what is missing of a run: tune, do the trials, price the calls."""

import hashlib
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import click
from filelock import FileLock

from ..config.keys import identity
from ..config.plan import Plan, TuningTask
from ..config.schema import Config
from ..core.errors import CorruptTrial, StoreError
from ..core.records import TrialRecord
from ..core.spec import Spec
from ..store import files, trials
from ..store import folder as run_folder
from ..store.environment import Device
from ..tune.search import NotTuned, Scores, Settings, Try, chosen, tune
from .executor import (
    Answer,
    Block,
    Executor,
    Facts,
    Finished,
    Lost,
    Progress,
    Started,
    Sweep,
)
from .local import LocalExecutor
from .progress import Report, reporter

_WAIT = 0.5
"""Seconds after which blocks that another process holds are looked at again."""


def adopt(specs: Sequence[Spec], done: Mapping[str, TrialRecord]) -> list[Spec]:
    """Reuse finished trials whose key has the same hash and other words.

    A key's hash says what was measured. Its words follow labels and grids, and a
    new label is no reason to measure again.
    """
    known = {identity(key): key for key in done}
    return [
        replace(spec, key=known.get(identity(spec.key), spec.key)) for spec in specs
    ]


def relabel(
    specs: Sequence[Spec], done: Mapping[str, TrialRecord], folder: Path
) -> None:
    """Give the trials that are done the labels that the config has now."""
    for spec in specs:
        record = done.get(spec.key)
        if record is not None and record.spec != spec:
            trials.amend(folder, replace(record, spec=spec))


def in_blocks(specs: Iterable[Spec]) -> list[Block]:
    """Return trials in blocks, round by round, those of a block in a mixed order.

    The hash in a key is as good as chance, and holds the round. It is the same in
    every run: what is left of a block keeps its order.
    """
    ordered = sorted(specs, key=lambda s: (s.round, _problem(s), identity(s.key)))
    blocks = groupby(ordered, key=lambda spec: (spec.round, _problem(spec)))
    return [Block(tuple(block)) for _, block in blocks]


def _problem(spec: Spec) -> str:
    """Return what is the same for all trials of a block."""
    return json.dumps([asdict(spec.problem), spec.dtype], sort_keys=True)


def _name(block: Block) -> str:
    first = block.trials[0]
    text = f"{first.round} {_problem(first)}"
    return f"block-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


class Claim(NamedTuple):
    """A block that this process holds until it releases the lock."""

    block: Block
    lock: FileLock


class Pending:
    """The trials that are missing.

    What another process is doing comes last, and is done here only if that process
    leaves it undone.

    Args:
        specs: The trials.
        folder: The run folder.
        again: Keys of trials that are done once more though they are there.
    """

    def __init__(self, specs: Sequence[Spec], folder: Path, again: Sequence[str] = ()):
        self._blocks = deque(in_blocks(specs))
        self._folder, self._again = folder, set(again)
        self.count = len(specs)

    def claim(self) -> Claim | None:
        """Return a block that no other process holds; None when all is done."""
        while self._blocks:
            for _ in range(len(self._blocks)):
                block = self._blocks.popleft()
                lock = files.acquire_lock(self._folder, _name(block))
                if lock is None:
                    self._blocks.append(block)
                elif missing := [s for s in block.trials if self._is_missing(s)]:
                    return Claim(Block(tuple(missing)), lock)
                else:
                    lock.release()
            if self._blocks:
                time.sleep(_WAIT)
        return None

    def _is_missing(self, spec: Spec) -> bool:
        if spec.key in self._again:
            self._again.discard(spec.key)
            return True
        if not trials.exists(self._folder, spec.key):
            return True
        try:
            trials.read_trial(self._folder, spec.key)
        except CorruptTrial:
            return True
        return False


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
        unpriced = run_folder.lacking_facts(self._folder, specs)
        if missing or unpriced:
            self._do(Pending(missing, self._folder, again), unpriced)
        return specs

    def _resume(self, rounds: int | None) -> tuple[list[Spec], dict[str, TrialRecord]]:
        """Write run.json and return the finished trials of the folder."""
        folder = self._folder
        run_folder.prepare(folder)
        done = trials.finished(folder, _tell)
        tuned = [trials.read_tuning(folder, task.key) for task in self._plan.tasks]
        choices = chosen(tuned) if tuned else {}
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
                run_folder.add_facts(self._folder, spec, event.value)
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
