"""Run the missing parts of a run: tuning, trials, prices of calls."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from factories import is_own

from ..config.plan import Chosen, Plan
from ..config.schema import Config
from ..config.tuning_task import Known, TuningTask
from ..core.errors import StoreError
from ..core.invariants import broken
from ..core.records import FAULTS, TrialRecord
from ..core.spec import Spec
from ..store import environment, hosts, landscapes, trials
from ..store import folder as run_folder
from ..store.environment import Device
from ..tune.search import chosen
from . import certificates, making, tuning
from .adopted import adopt, relabel
from .certificates import FEW, Certificates
from .executor import (
    Answer,
    Arrays,
    Block,
    Executor,
    Facts,
    Finished,
    Lost,
    MakeExecutor,
    Progress,
    Started,
    answer,
)
from .local import LocalExecutor
from .making import Programs, as_tried
from .pending import Claim, Pending
from .pool import Pool, processes
from .progress import Lines, Report, of_trial
from .time_left import Unit
from .tuning import Tuning

if TYPE_CHECKING:
    from ..store.run import Run  # imports pandas, which only the report needs


class Runner:
    """A config that is run on a device into a folder.

    What is not timed comes first, on all cores: certificates, then the programs of
    tuning and trials, then tuning. Trials and prices follow when all of its workers
    have ended. Their own worker starts before that, so that it need not be waited for;
    it is a fresh process in each round, which has done nothing else but, if no programs
    have to be made, a few certificates: other workers would only make it start later.

    Args:
        config: A checked config.
        device: Where to run.
        folder: The run folder.
        mix: Continue in a folder made with other versions or on another device.
        make_executor: Makes the executors.
        report: Shows the progress; plain lines by default.
        meanwhile: Called once while workers start or do what is not timed.
        known: Settings that an earlier tuning chose: what has some is not tuned again,
            and runs with these alone.
        priced: Whether prices of calls are measured.

    Raises:
        DeviceMissing: The config wants more devices than there are.
    """

    def __init__(
        self,
        config: Config,
        device: Device,
        folder: Path,
        mix: bool = False,
        make_executor: MakeExecutor = LocalExecutor,
        report: Report | None = None,
        meanwhile: Callable[[], None] = lambda: None,
        known: Known | None = None,
        priced: bool = True,
    ):
        number = environment.devices(config.devices, device.platform)
        config = config.model_copy(update={"devices": number})
        self._config, self._device, self._folder = config, device, folder
        self._mix, self._make_executor = mix, make_executor
        self._meanwhile = threading.Thread(target=meanwhile, daemon=True)
        self._report = report or Lines()
        self._pool = Pool(self._executor, processes(device.platform))
        self._claiming = threading.Lock()
        self._known, self._priced = known or {}, priced and config.timed
        seconds = config.certificate_seconds
        self._certificates = Certificates(folder, seconds, self._report)
        self._programs = Programs(device.kind, self._report)

    @cached_property
    def _plan(self) -> Plan:
        """The plan; the arrays of a user's own problems are made by a worker."""
        config, kind = self._config, self._device.kind
        if not any(is_own(problem.name) for problem in config.problems):
            return Plan(config, kind)
        run_folder.prepare(self._folder)
        return Plan(config, kind, lambda spec: _arrays(self._pool.executor, spec))

    @cached_property
    def _tasks(self) -> list[TuningTask]:
        """The tuning tasks whose choice is not known."""
        return [task for task in self._plan.tasks if task.names not in self._known]

    def _specs(
        self, chosen: Chosen | None = None, rounds: int | None = None
    ) -> list[Spec]:
        """Return the planned trials."""
        known = {names[:2] for names in self._known}
        return [
            spec
            for spec in self._plan.specs(chosen, rounds)
            if spec.tuned is not False or (spec.problem_label, spec.family) not in known
        ]

    def tune(self) -> None:
        """Run the missing tuning tasks."""
        with self._untimed(self._pool):
            if not self._tasks:
                return
            run_folder.prepare(self._folder)
            self._refuse_mix()
            if run_folder.read(self._folder) is None:  # a run's file needs a run.json
                plan = self._specs()
                described = run_folder.describe(self._config, plan, self._device)
                run_folder.write(self._folder, described)
            least, lost = self._certificates.least, self._programs.lost
            runs = Tuning(self._folder, least, lost, self._report)
            missing = runs.missing(self._tasks)
            self._foresee(self._specs(), missing)
            specs = [task.spec for task in missing]
            self._certificates.complete(self._pool, specs, missing)
            self._programs.make(self._pool, self._needed(missing))
            runs.complete(self._pool, self._tasks)

    def _needed(self, tasks: Sequence[TuningTask]) -> list[Spec]:
        """Return trials with the programs of tasks and of what is not tuned."""
        there = partial(trials.exists, self._folder)
        plan = [spec for spec in self._specs() if not there(spec.key)]
        return [*map(as_tried, tasks), *(plan if tasks else ())]

    def _foresee(
        self, trials: Sequence[Spec], tasks: Sequence[TuningTask] = ()
    ) -> None:
        """Plan trials and tuning tasks, with all that they need, as units of work."""
        programs = self._programs.missing([*map(as_tried, tasks), *trials])
        unpriced = self._unpriced(trials)
        plan = self._report.replanned
        plan(
            "certificate", map(certificates.unit_of, self._certificates.lacking(trials))
        )
        plan("program", map(making.unit_of, programs))
        plan("tuning", map(tuning.unit_of, tasks))
        plan("trial", map(of_trial, trials))
        plan("price", (Unit("price", spec.problem_label) for spec in unpriced))

    def _unpriced(self, specs: Sequence[Spec]) -> list[Spec]:
        """Return a spec for each price that is wanted and missing."""
        return run_folder.lacking_prices(self._folder, specs) if self._priced else []

    @contextmanager
    def _untimed(self, pool: Pool) -> Iterator[None]:
        """Work that is not timed; if it fails, its workers end."""
        if self._meanwhile.ident is None:
            self._meanwhile.start()
        try:
            yield
        except BaseException:
            pool.close()
            raise

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
        try:
            return self._complete(rounds, retry, quiet)
        finally:
            self._pool.close()

    def _complete(
        self, rounds: int | None, retry: Sequence[str], quiet: bool
    ) -> list[Spec]:
        specs, done = self._resume(rounds)
        ends = FAULTS if "failed" in retry else retry
        again = [key for key, record in done.items() if record.end in ends]
        missing = [s for s in specs if s.key not in done or s.key in again]
        if not quiet and len(missing) < len(specs):
            kept = len(specs) - len(missing)
            self._report.line(f"{kept} of {len(specs)} trials are finished already")
        unpriced = self._unpriced(specs)
        uncertified = self._certificates.lacking(specs)
        self._foresee(missing)
        if not self._config.timed:
            self._count(specs, done, again)
        elif missing or unpriced or uncertified:
            try:
                with closing(self._executor()) as executor:
                    self._prepare(executor, specs, missing)
                    again += self._certificates.ended_before(done)
                    missing = [s for s in specs if s.key not in done or s.key in again]
                    self._foresee(missing)
                    pending = Pending(missing, self._folder, again)
                    self._do(executor, pending, unpriced)
            finally:
                run_folder.remove_abandoned(self._folder)
        return specs

    def _count(
        self, specs: Sequence[Spec], done: Mapping[str, TrialRecord], again: list[str]
    ) -> None:
        """Run the missing trials, of which none is timed, several blocks at a time."""
        pool = self._pool
        try:
            with self._untimed(pool):
                self._certificates.complete(pool, specs)
                again += self._certificates.ended_before(done)
                missing = [s for s in specs if s.key not in done or s.key in again]
                self._programs.make(pool, self._programs.missing(missing))
                pending = Pending(missing, self._folder, again)
                turns = range(pending.blocks)
                for _ in pool.results(turns, partial(self._next, pending)):
                    pass
        finally:
            run_folder.remove_abandoned(self._folder)

    def _next(self, pending: Pending, executor: Executor, number: int) -> None:
        """Run the next block that no other process runs."""
        del number
        with self._claiming:
            claim = pending.claim()
        if claim is not None:
            self._run_claimed(executor, claim)

    def _prepare(
        self, executor: Executor, specs: Sequence[Spec], missing: Sequence[Spec]
    ) -> None:
        """Do what is not timed, while the executor of what is timed starts."""
        programs = self._programs.missing(missing)
        lacking = len(self._certificates.lacking(specs)) // FEW
        own = not programs and lacking <= 1
        if own:
            self._pool.close()
        pool = Pool(lambda: executor, 1) if own else self._pool
        with self._untimed(pool):
            pool.start(max(len(programs), lacking))
            if self._device.platform == "cpu":  # elsewhere it would reserve the memory
                executor.start()
            self._certificates.complete(pool, specs)
            self._programs.make(pool, programs)
        self._pool.close()  # also the workers that have tuned
        self._meanwhile.join()

    def _resume(self, rounds: int | None) -> tuple[list[Spec], dict[str, TrialRecord]]:
        """Write run.json and return the finished trials of the folder."""
        folder = self._folder
        run_folder.prepare(folder)
        if trials.listed(folder / "trials"):
            self._refuse_mix()  # before records that another version wrote are read
        done = trials.finished(folder, self._report.line)
        choices = chosen(trials.read_tuning(folder, task.key) for task in self._tasks)
        for task in self._plan.tasks:
            if (own := self._known.get(task.names)) is not None:
                choices[task.key] = own
        specs = adopt(self._specs(choices, rounds), done)
        described = run_folder.describe(self._config, specs, self._device)
        if done and not self._mix:
            run_folder.refuse_mix(folder, described, done.values())
        done = hosts.stamped(folder, done)
        relabel(specs, done, folder)
        run_folder.write(folder, hosts.carried(folder, described))
        return specs, done

    def _do(
        self, executor: Executor, pending: Pending, unpriced: Sequence[Spec]
    ) -> None:
        while claim := pending.claim():
            self._run_claimed(executor, claim)
        for spec in unpriced:
            with self._report.during(Unit("price", spec.problem_label)):
                self._price(executor, spec)

    def _run_claimed(self, executor: Executor, claim: Claim) -> None:
        try:
            least = self._certificates.least(claim.block.trials[0])
            self._run_block(executor, replace(claim.block, least=least))
        finally:
            claim.lock.release()

    def _run_block(self, executor: Executor, block: Block) -> None:
        """Run a block; trials whose program cannot be made fail with that reason."""
        report = self._report
        reasons = {spec.key: self._programs.lost(spec) for spec in block.trials}
        for spec in block.trials:
            if (why := reasons[spec.key]) is not None:
                failed = TrialRecord(spec, "failed", why, device=self._device.kind)
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

    def _price(self, executor: Executor, spec: Spec) -> None:
        for event in executor.submit(Facts(spec)):
            if isinstance(event, Answer):
                seen = event.value.pop("landscape", None)
                run_folder.add_facts(self._folder, spec, event.value)
                if seen is not None:
                    landscapes.add(self._folder, spec.problem_label, seen)
            elif isinstance(event, Lost):
                of = "" if spec.batch is None else f" of batches of {spec.batch.size}"
                line = f"{spec.problem_label}: no prices{of}: {event.reason}"
                self._report.line(line)

    def _executor(self) -> Executor:
        return self._make_executor(self._folder, self._device.platform)


def _arrays(executor: Executor, spec: Spec) -> str:
    """Return the digest of a problem's arrays; empty if the problem cannot be made.

    The trials on it then state why.
    """
    end = answer(executor, Arrays(spec))
    return end.value if isinstance(end, Answer) else ""


def check_complete(specs: Sequence[Spec], run: "Run") -> int:
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
