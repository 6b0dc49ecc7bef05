"""Run the missing parts of a run: tuning, trials, prices of calls."""

import hashlib
import json
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, replace
from functools import cached_property, partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import click
from filelock import FileLock

from factories import is_own

from ..config.plan import Plan, identity
from ..config.schema import Config
from ..config.tuning_task import TuningTask
from ..core.errors import RunError, RunMissing, StoreError
from ..core.invariants import broken
from ..core.least_loss import LeastLoss
from ..core.records import FAULTS, TrialRecord
from ..core.spec import Spec
from ..store import files, trials
from ..store import folder as run_folder
from ..store.environment import Device
from ..store.run import Run
from ..tune.search import NotTuned, Scores, Settings, Try, chosen, tune
from .certificates import Certificates
from .executor import (
    Answer,
    Arrays,
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
"""Seconds after which the locks of blocks held by other processes are tried again."""


def adopt(specs: Sequence[Spec], done: Mapping[str, TrialRecord]) -> list[Spec]:
    """Reuse finished trials whose keys differ in the description only.

    The hash in a key identifies the measurement. The description depends on labels and
    grids, which do not affect it. If tuning chose the settings that an optimizer has
    without tuning, two trials have the same hash: each has its own key and is not
    replaced.
    """
    known = {identity(key): key for key in done}
    return [
        spec
        if spec.key in done
        else replace(spec, key=known.get(identity(spec.key), spec.key))
        for spec in specs
    ]


def relabel(
    specs: Sequence[Spec], done: Mapping[str, TrialRecord], folder: Path
) -> None:
    """Give the finished trials the labels that the config now has."""
    for spec in specs:
        record = done.get(spec.key)
        if record is not None and record.spec != spec:
            trials.amend(folder, replace(record, spec=spec))


def in_blocks(specs: Iterable[Spec]) -> list[Block]:
    """Return trials in blocks, round by round, shuffled within a block.

    They are sorted by the hash in their keys. It depends on the round, and is the same
    each time, so that the remaining trials of a block keep their order.
    """
    ordered = sorted(specs, key=lambda spec: (*_shared(spec), identity(spec.key)))
    blocks = groupby(ordered, key=_shared)
    return [Block(tuple(block)) for _, block in blocks]


def _shared(spec: Spec) -> tuple[int, str]:
    """Return the round and the problem, which the trials of a block share."""
    problem = json.dumps([asdict(spec.problem), spec.dtype], sort_keys=True)
    return spec.round, problem


def _name(block: Block) -> str:
    turn, problem = _shared(block.trials[0])
    text = f"{turn} {problem}"
    return f"block-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


class Claim(NamedTuple):
    """A block that this process holds until it releases the lock."""

    block: Block
    lock: FileLock


class Pending:
    """The missing trials.

    Blocks that another process holds come last, and run here only if that process
    does not finish them.

    Args:
        specs: The trials.
        folder: The run folder.
        again: Keys of finished trials that are run again.
    """

    def __init__(self, specs: Sequence[Spec], folder: Path, again: Sequence[str] = ()):
        self._blocks = deque(in_blocks(specs))
        self._folder, self._again = folder, set(again)
        self.count = len(specs)

    def claim(self) -> Claim | None:
        """Return a block that no other process holds; None if no trial is missing."""
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
        except (RunError, RunMissing):
            return True
        return False


MakeExecutor = Callable[[Path, str], Executor]
"""Makes an executor for a run folder and a platform."""


class Runner:
    """A config that is run on a device into a folder.

    Args:
        config: A checked config.
        device: Where to run.
        folder: The run folder.
        mix: Continue in a folder made with other versions or on another device.
        make_executor: Makes the executor.
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
        self._certificates = Certificates(folder, config.certificate_seconds, _tell)

    @cached_property
    def _plan(self) -> Plan:
        """The plan; the arrays of a user's own problems are made by a worker."""
        config, kind = self._config, self._device.kind
        if not any(is_own(problem.name) for problem in config.problems):
            return Plan(config, kind)
        run_folder.prepare(self._folder)
        with closing(self._executor()) as executor:
            return Plan(config, kind, partial(_arrays, executor))

    def tune(self) -> None:
        """Run the missing tuning tasks."""
        if not self._plan.tasks:
            return
        run_folder.prepare(self._folder)
        self._refuse_mix()
        if run_folder.read(self._folder) is None:  # a file of a run needs a run.json
            plan = self._plan.specs()
            described = run_folder.describe(self._config, plan, self._device)
            run_folder.write(self._folder, described)
        with closing(self._executor()) as executor:
            known = self._certificates
            known.complete(executor, [task.spec for task in self._plan.tasks])

            def trying(task: TuningTask) -> Try:
                return _trying(executor, task, known.least(task.spec))

            tune(self._plan.tasks, self._folder, trying, _tell)

    def _refuse_mix(self) -> None:
        """Check that the folder's last run had these versions and this device."""
        if not self._mix:
            described = run_folder.describe(self._config, [], self._device)
            run_folder.refuse_mix(self._folder, described, ())

    def complete(
        self, rounds: int | None = None, retry: Sequence[str] = (), quiet: bool = False
    ) -> list[Spec]:
        """Run the missing trials, and return the specs of all.

        Args:
            rounds: Replaces the config's.
            retry: Ends of trials that are run again; `failed` includes `lost`.
            quiet: Do not print how many trials are finished.
        """
        specs, done = self._resume(rounds)
        ends = FAULTS if "failed" in retry else retry
        again = [key for key, record in done.items() if record.end in ends]
        missing = [s for s in specs if s.key not in done or s.key in again]
        if not quiet and len(missing) < len(specs):
            kept = len(specs) - len(missing)
            _tell(f"{kept} of {len(specs)} trials are finished already")
        unpriced = run_folder.lacking_facts(self._folder, specs)
        uncertified = self._certificates.lacking(specs)
        if missing or unpriced or uncertified:
            try:
                with closing(self._executor()) as executor:
                    self._certificates.complete(executor, specs)
                    again += self._certificates.ended_before(done)
                    missing = [s for s in specs if s.key not in done or s.key in again]
                    pending = Pending(missing, self._folder, again)
                    self._do(executor, pending, unpriced)
            finally:
                run_folder.remove_abandoned(self._folder)
        return specs

    def _resume(self, rounds: int | None) -> tuple[list[Spec], dict[str, TrialRecord]]:
        """Write run.json and return the finished trials of the folder."""
        folder = self._folder
        run_folder.prepare(folder)
        if trials.listed(folder / "trials"):
            self._refuse_mix()  # before records that another version wrote are read
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

    def _do(
        self, executor: Executor, pending: Pending, unpriced: Sequence[Spec]
    ) -> None:
        with reporter(pending.count) as report:
            while claim := pending.claim():
                try:
                    least = self._certificates.least(claim.block.trials[0])
                    block = replace(claim.block, least=least)
                    _run_block(executor, block, report)
                finally:
                    claim.lock.release()
            for spec in unpriced:
                self._price(executor, spec, report)

    def _price(self, executor: Executor, spec: Spec, report: Report) -> None:
        for event in executor.submit(Facts(spec)):
            if isinstance(event, Answer):
                run_folder.add_facts(self._folder, spec, event.value)
            elif isinstance(event, Lost):
                report.line(f"{spec.problem_label}: no prices: {event.reason}")

    def _executor(self) -> Executor:
        return self._make_executor(self._folder, self._device.platform)


def _arrays(executor: Executor, spec: Spec) -> str:
    """Return the digest of a problem's arrays; empty if the problem cannot be made.

    The trials on it then state why.
    """
    events = executor.submit(Arrays(spec))
    return next((e.value for e in events if isinstance(e, Answer)), "")


def _run_block(executor: Executor, block, report: Report) -> None:
    for event in executor.submit(block):
        if isinstance(event, Started):
            report.started(event.spec)
        elif isinstance(event, Progress):
            report.progress(event.spec, event.share)
        elif isinstance(event, Finished):
            report.finished(event.spec, event.record)


def _result(executor: Executor, job: Sweep) -> Answer | Lost:
    ends = (e for e in executor.submit(job) if isinstance(e, Answer | Lost))
    return next(ends, Lost("the executor did not answer"))


def _trying(executor: Executor, task: TuningTask, least: LeastLoss) -> Try:
    """Return a function that tries a task's settings by a job of the executor."""

    def attempt(settings: Sequence[Settings]) -> list[Scores]:
        job = Sweep(task.spec, task.table, settings, least)
        event = _result(executor, job)
        if isinstance(event, Lost) and event.died:  # perhaps not by the sweep's fault
            event = _result(executor, job)
        if isinstance(event, Answer):
            return event.value
        raise NotTuned(event.reason)

    return attempt


def check_complete(specs: Sequence[Spec], run: Run) -> int:
    """Print what is wrong with a run's trials, and return the exit status.

    It is 1 if a trial is failed or lost, or an invariant of the records does not hold.

    Args:
        specs: The trials that should be there.
        run: The run as its folder holds it.

    Raises:
        StoreError: A trial has no record.
    """
    done = {record.key: record for record in run.records}
    missing = [spec.key for spec in specs if spec.key not in done]
    if missing:
        raise StoreError(
            f"{len(missing)} trials have no record, the first is {missing[0]}"
        )
    lines = broken(done[spec.key] for spec in specs)
    for line in lines:
        _tell(line)
    ends = Counter(done[spec.key].end for spec in specs)
    faults = [end for end in FAULTS if ends[end]]
    for end in faults:
        count = f"{ends[end]} trial{'s' * (ends[end] > 1)}"
        _tell(f"{count} {end}; --retry {end} runs them again")
    return 1 if faults or lines else 0


def _tell(line: str) -> None:
    click.echo(line, err=True)
