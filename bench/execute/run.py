"""Run the missing parts of a run: tuning, trials, prices of calls."""

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from ..core.invariants import broken, improved
from ..core.records import FAULTS, RunRecord, TrialRecord
from ..core.spec import Spec
from ..store import environment, hosts, trials
from ..store import folder as run_folder
from ..store.environment import Device
from ..tune.search import chosen
from . import certificates, making, pricing, tuning
from .adopted import adopt, relabel
from .blocks import Blocks
from .certificates import FEW, Certificates
from .engine import Engine
from .executor import Answer, Arrays, Executor, answer
from .making import Programs, as_tried
from .pending import Pending
from .pool import Pool, processes
from .pricing import Pricing
from .progress import Lines, Report, of_trial
from .shard import Shard
from .simultaneous import Simultaneous
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
        engine: Where its jobs are done.
        report: Shows the progress; plain lines by default.
        meanwhile: Called once while workers start or do what is not timed.
        known: Settings that an earlier tuning chose: what has some is not tuned again,
            and runs with these alone.
        priced: Whether prices of calls are measured.
        shard: The part of the config that is run; None for all of it.

    Raises:
        DeviceMissing: The config wants more devices than there are.
    """

    def __init__(
        self,
        config: Config,
        device: Device,
        folder: Path,
        mix: bool = False,
        engine: Engine | None = None,
        report: Report | None = None,
        meanwhile: Callable[[], None] = lambda: None,
        known: Known | None = None,
        priced: bool = True,
        shard: Shard | None = None,
    ):
        number = environment.devices(config.devices, device.platform)
        config = config.model_copy(update={"devices": number})
        self._config, self._device, self._folder = config, device, folder
        self._mix, self._engine, self._shard = mix, engine or Engine(), shard
        self._meanwhile = threading.Thread(target=meanwhile, daemon=True)
        self._report = report or Lines()
        side_by_side = self._engine.untimed or processes(device.platform)
        self._pool = Pool(self._executor, side_by_side)
        self._known = known or {}
        self._pricing = Pricing(folder, self._report, priced and config.timed)
        seconds = config.certificate_seconds
        self._certificates = Certificates(folder, seconds, self._report)
        self._programs = Programs(device.kind, self._report)
        self._simultaneous = Simultaneous(self._report)
        self._blocks = Blocks(
            *(folder, device.kind, self._certificates.least, self._programs.lost),
            self._report,
            self._simultaneous.look if config.timed else lambda: None,
        )

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
        tasks = [task for task in self._plan.tasks if task.names not in self._known]
        return tasks if self._shard is None else self._shard.tasks(tasks, self._specs())

    def _specs(
        self, chosen: Chosen | None = None, rounds: int | None = None
    ) -> list[Spec]:
        """Return the planned trials."""
        known = {names[:2] for names in self._known}
        specs = [
            spec
            for spec in self._plan.specs(chosen, rounds)
            if spec.tuned is not False or (spec.problem_label, spec.family) not in known
        ]
        return specs if self._shard is None else self._shard.trials(specs)

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
        unpriced = self._pricing.lacking(trials)
        plan = self._report.replanned
        plan(
            "certificate", map(certificates.unit_of, self._certificates.lacking(trials))
        )
        plan("program", map(making.unit_of, programs))
        plan("tuning", map(tuning.unit_of, tasks))
        plan("trial", map(of_trial, trials))
        plan("price", map(pricing.unit_of, unpriced))

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
        missing = _missing(specs, done, again)
        if not quiet and len(missing) < len(specs):
            kept = len(specs) - len(missing)
            self._report.line(f"{kept} of {len(specs)} trials are finished already")
        unpriced = self._pricing.lacking(specs)
        uncertified = self._certificates.lacking(specs)
        self._foresee(missing)
        if missing or unpriced or uncertified:
            try:
                self._run_missing(specs, done, again, unpriced)
            finally:
                run_folder.remove_abandoned(self._folder)
        return specs

    def _run_missing(
        self,
        specs: Sequence[Spec],
        done: Mapping[str, TrialRecord],
        again: list[str],
        unpriced: Sequence[Spec],
    ) -> None:
        """Run the missing trials, then measure the missing prices.

        Trials that are not timed run on all the workers that do what is not timed.
        """
        missing = _missing(specs, done, again)
        if not self._config.timed:
            with self._pool as pool:
                self._make_ready(pool, specs, missing)
                self._blocks.complete(pool, self._pending(specs, done, again))
            return
        with Pool(self._executor, self._engine.timed) as pool:
            self._prepare(pool, specs, missing)
            with self._simultaneous.timing():
                self._blocks.complete(pool, self._pending(specs, done, again))
                each = 1 if self._engine.remote else max(1, len(unpriced))
                self._pricing.complete(pool, unpriced, each)

    def _pending(
        self, specs: Sequence[Spec], done: Mapping[str, TrialRecord], again: list[str]
    ) -> Pending:
        """Return what is to be run, now that certificates are known."""
        again += self._certificates.ended_before(done)
        missing = _missing(specs, done, again)
        self._foresee(missing)
        return Pending(missing, self._folder, again)

    def _make_ready(
        self, pool: Pool, specs: Sequence[Spec], missing: Sequence[Spec]
    ) -> None:
        """Do what trials need first."""
        with self._untimed(pool):
            self._certificates.complete(pool, specs)
            self._programs.make(pool, self._programs.missing(missing))

    def _prepare(
        self, timing: Pool, specs: Sequence[Spec], missing: Sequence[Spec]
    ) -> None:
        """Do what is not timed, while the workers of what is timed start."""
        programs = self._programs.missing(missing)
        lacking = len(self._certificates.lacking(specs)) // FEW
        own = not programs and lacking <= 1
        if own:
            self._pool.close()
        pool = timing if own else self._pool
        pool.start(max(len(programs), lacking))
        if self._device.platform == "cpu":  # elsewhere it would reserve the memory
            timing.start(self._engine.timed)
        self._make_ready(pool, specs, missing)
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
        run_folder.write(folder, hosts.carried(folder, self._as_shard(described)))
        return specs, done

    def _as_shard(self, described: RunRecord) -> RunRecord:
        """Return run.json with the shard.

        Raises:
            StoreError: The folder has trials of another part of the config.
        """
        own = "" if self._shard is None else str(self._shard)
        known = run_folder.read(self._folder)
        if (
            known is not None
            and known.shard != own
            and trials.listed(self._folder / "trials")
        ):
            part = f"shard {known.shard}" if known.shard else "all"
            raise StoreError(
                f"{self._folder}: has {part} of the run: use another --out"
            )
        return replace(described, shard=own)

    def _executor(self) -> Executor:
        return self._engine.make(self._folder, self._device.platform)


def _missing(
    specs: Iterable[Spec], done: Mapping[str, TrialRecord], again: Sequence[str]
) -> list[Spec]:
    return [s for s in specs if s.key not in done or s.key in again]


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
    planned = [done[spec.key] for spec in specs]
    lines = broken(planned)
    for line in [*lines, *improved(planned)]:
        _tell(line)
    ends = Counter(done[spec.key].end for spec in specs)
    faults = [end for end in FAULTS if ends[end]]
    for end in faults:
        count = f"{ends[end]} trial{'s' * (ends[end] > 1)}"
        _tell(f"{count} {end}; --retry {end} runs them again")
    return 1 if faults or lines else 0


def _tell(line: str) -> None:
    click.echo(line, err=True)
