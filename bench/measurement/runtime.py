"""The problems and compiled programs of a process, and trials run from specs."""

import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import jax

import optimizers
import problems
from factories import raised_at

from ..core.at_target import AtTarget
from ..core.errors import EnvironmentFault, in_a_line, last_output
from ..core.footprint import Footprint
from ..core.least_loss import LeastLoss
from ..core.readings import named, zeros
from ..core.records import TrialRecord
from ..core.spec import Named, Spec, is_scipy
from ..store.environment import versions
from . import cache, devices, executables, preparation
from .arrays import check_unchanged, digest, size_in_bytes
from .budget import rounding
from .clock import Ledger
from .evaluator import Evaluator
from .oracle import Oracle
from .program import ReadyProgram
from .programs import Programs, crowded
from .recorded import scores
from .referee import check_once, unknown_names
from .targets import Targets
from .trial import Outcome, Start, Trial

LOOK_EVERY = 10
"""New kinds of trial between two checks, each with at most one new program."""
STARTS = 64
SMALL = 2**20
"""Start points that are kept, and the most bytes of one that is.

The optimizers of a comparison begin at the same points, and drawing one outside of a
compiled program takes as long as many of its steps.
"""


class Runtime:
    """Problems and programs, each made once.

    They are on one device; those of a trial with several are on the first ones of the
    platform, also of other processes.

    Args:
        platform: `cpu`, `gpu` or `tpu`; None for JAX's default.
        index: The index of the device among those of this process.

    Raises:
        EnvironmentFault: JAX cannot open the device, or compiles nothing.
    """

    def __init__(self, platform: str | None = None, index: int = 0):
        cache.turn_on()
        self.device = _open(platform)[index]
        self.evaluator = Evaluator()
        self.versions = versions()
        self._problems: dict[str, Any] = {}
        self._fresh: dict[str, Any] = {}
        self._unchanged: set[str] = set()
        self._least: dict[str, LeastLoss] = {}
        self._first: dict[str, float] = {}
        self._starts: dict[tuple, Any] = {}
        self._programs = Programs()
        self._refereed: set[Any] = set()
        self._kinds: set[str] = set()

    @property
    def compilations(self) -> int:
        """The number of compiled programs that are kept."""
        return len(self._programs)

    def problem(self, spec: Spec) -> Any:
        """Return a trial's problem, its data on the device."""
        key = _problem_key(spec)
        fresh = self._fresh.pop(_stated(spec), None)
        if key not in self._problems:
            made = self._make(spec) if fresh is None else fresh
            check_unchanged(spec.problem, made)
            self._problems[key] = made
        return self._problems[key]

    def start(self, spec: Spec) -> Any:
        """Return the start of a trial, which follows from problem and seed."""
        key = _problem_key(spec), spec.matmul_precision, spec.seed
        if key in self._starts:
            return self._starts[key]
        drawn = problems.start(self.problem(spec), jax.random.key(spec.seed))
        params = devices.on_each(drawn)
        if size_in_bytes(params) <= SMALL:
            while len(self._starts) >= STARTS:
                del self._starts[next(iter(self._starts))]
            self._starts[key] = params
        return params

    def _make(self, spec: Spec) -> Any:
        return devices.placed(lambda: preparation.made(spec), self.device)

    def arrays(self, spec: Spec) -> str:
        """Make a spec's problem anew and return a digest of the arrays that it holds.

        Its data may have changed since it was made last. The new one is kept for the
        first trial on it. The digest of a problem that cannot be made is empty: its
        certificate states why.
        """
        try:
            with context(spec, self.device):
                made = self._make(spec)
                held = digest(made)
        except (Exception, SystemExit):  # a user's code may raise anything
            return ""
        self._fresh[_stated(spec)] = made
        return held

    def set_least(self, spec: Spec, least: LeastLoss) -> None:
        """Set the least loss of a trial's problem, so that it is not computed here."""
        self._least[_problem_key(spec)] = least

    def least(self, spec: Spec) -> LeastLoss:
        """Return the least loss of a trial's problem, computed if not set."""
        key = _problem_key(spec)
        if key not in self._least:
            self._least[key] = LeastLoss(preparation.least_loss(self.problem(spec))[0])
        return self._least[key]

    def optimum(self, spec: Spec) -> float | None:
        """Return the certified least loss of a trial's problem."""
        return self.least(spec).loss

    def first_loss(self, spec: Spec) -> float | None:
        """Return the loss at the start of seed 0, if a trial's target refers to it."""
        target = spec.budget.target
        if target is None or target.relative_suboptimality is None:
            return None
        key = _problem_key(spec)
        if key not in self._first:
            start = self.start(replace(spec, seed=0))
            self._first[key] = float(self.evaluator.loss(self.problem(spec), start))
        return self._first[key]

    def ready(
        self, spec: Spec, problem: Any, params: Any, ledger: Ledger
    ) -> ReadyProgram:
        """Return the compiled program of a trial.

        Raises:
            ChangedError: The optimizer's files changed since the trial was planned.
        """
        if spec.optimizer.fingerprint not in self._unchanged:
            check_unchanged(spec.optimizer)
            self._unchanged.add(spec.optimizer.fingerprint)
        oracle, length = Oracle.of(spec), spec.gradient_step
        return self._programs.get(
            problem, params, spec.optimizer, ledger, oracle, length
        )

    def make_room(self, spec: Spec) -> None:
        """Drop all programs if they are nearly more than the process can hold.

        Called before each trial; it checks after `LOOK_EVERY` trials that may have
        needed a new program, as a check takes 20 ms. Trials that differ in nothing but
        the seed have the same one.
        """
        kind = repr(replace(spec, seed=0, round=0))
        if kind in self._kinds:
            return
        self._kinds.add(kind)
        if len(self._kinds) % LOOK_EVERY == 0 and crowded():
            self._programs = Programs()
            self._refereed.clear()
            executables.drop_loaded()
            self._kinds.clear()
            jax.clear_caches()

    def referee(
        self, ready: ReadyProgram, optimizer: Named, problem: Any, params: Any
    ) -> None:
        """Check a program's readings once, unless its optimizers are in the registry.

        Raises:
            MeterError: The readings differ from the calls that are made.
        """
        unknown = unknown_names(optimizer.name, optimizer.settings)
        if unknown and ready.program not in self._refereed:
            check_once(ready, problem, params)
            self._refereed.add(ready.program)


def _problem_key(spec: Spec) -> str:
    return repr((spec.problem, spec.dtype, spec.precision, spec.devices))


def _stated(spec: Spec) -> str:
    """Return a text that is equal for problems that a config states alike."""
    named = spec.problem
    made_with = spec.dtype, spec.precision, spec.devices
    return repr((named.name, named.settings, made_with))


def _open(platform: str | None) -> list[Any]:
    """Return JAX's devices of this process."""
    if jax.config.jax_disable_jit:  # pyright: ignore[reportAttributeAccessIssue]
        words = "JAX_DISABLE_JIT is set, but only compiled programs are measured"
        raise EnvironmentFault(f"{words}: unset it")
    try:
        return jax.local_devices(backend=platform)
    except RuntimeError as error:
        raise EnvironmentFault(f"there is no device: {in_a_line(error)}") from error


Rows = list[dict[str, Any]]
Report = Callable[[str, Outcome | None], None]
"""Called with the phase: `compile`, `clock`, and `chunk` with the outcome so far."""


class SpecTrial:
    """A trial run from its spec.

    Args:
        runtime: Holds problems and programs.
        spec: The trial's spec.
        report: Called off the clock at the start of each phase.
    """

    def __init__(self, runtime: Runtime, spec: Spec, report: Report = lambda *_: None):
        self._runtime, self._spec, self._report = runtime, spec, report
        self._ledger = Ledger()
        self._outcome: Outcome | None = None
        self._optimum: float | None = None
        self._targets = Targets()
        self._loss_in_float64: float | None = None
        self._examples = 0
        self._static = False
        self._stand_in = ""
        self._cached: bool | None = None
        self._footprint: Footprint | None = None
        self._output = ""

    def run(self) -> tuple[TrialRecord, Rows]:
        """Return the trial's record and rows, as in a run folder."""
        began = time.perf_counter()
        try:
            with context(self._spec, self._runtime.device):
                outcome = self._run()
            end, reason = outcome.end, outcome.reason
        except optimizers.NotApplicable as error:
            end, reason = "skipped", str(error)
        except (Exception, SystemExit) as error:  # a user's code may raise anything
            end, reason = "failed", f"{in_a_line(error)}{raised_at(error)}"
            self._output = last_output("".join(traceback.format_exception(error)))
        rows = self.rows()
        return self._record(end, reason, time.perf_counter() - began, rows), rows

    def _run(self) -> Outcome:
        spec, runtime, ledger = self._spec, self._runtime, self._ledger
        with ledger.enter("off_clock"):
            runtime.make_room(spec)
            problem = runtime.problem(spec)
            params = runtime.start(spec)
            self._optimum, missing = runtime.least(spec)
            target = spec.budget.target
            if missing and target is not None and target.needs_optimum:
                raise optimizers.NotApplicable(
                    f"the target is a suboptimality of an unknown least loss: {missing}"
                )
            first = runtime.first_loss(spec)
            self._targets = Targets.of(target, self._optimum, spec.dtype, first)
            self._examples = Oracle.of(spec).examples(problem)
            self._report("compile", None)
            optimizer = spec.optimizer
        if is_scipy(optimizer.name):
            return self._run_scipy(problem, params)
        with ledger.enter("off_clock"):
            moved = problems.params_of(params)
            stand_in = optimizers.stand_in(optimizer.name, optimizer.settings, moved)
            self._stand_in = stand_in
        ready = runtime.ready(spec, problem, params, ledger)
        self._static = ready.static
        self._footprint = ready.program.footprint
        self._cached = ready.program.cached if ledger.compiling else None
        start = Start(
            *(problem, params, ready, self._targets, spec.seed, spec.evaluation)
        )
        evaluator = runtime.evaluator
        how = (spec.every_step, spec.timed)
        trial = Trial(start, spec.budget, evaluator, ledger, *how)
        self._outcome = trial.outcome
        self._report("clock", self._outcome)
        with ledger.enter("off_clock"):
            runtime.referee(ready, optimizer, problem, params)
        return self._run_to_end(trial, problem)

    def _run_scipy(self, problem: Any, params: Any) -> Outcome:
        from ..config.scipy_methods import find
        from .scipy_least_squares import LeastSquaresTrial
        from .scipy_trial import ScipyTrial

        method = find(self._spec.optimizer.name, self._spec.optimizer.settings)[1]
        kind = LeastSquaresTrial if method.of_residuals else ScipyTrial
        given = (problem, params, self._targets, self._runtime.evaluator, self._ledger)
        trial = kind(self._spec, *given)
        self._outcome = trial.outcome
        self._report("clock", self._outcome)
        return self._run_to_end(trial, problem)

    def _run_to_end(self, trial: Any, problem: Any) -> Outcome:
        outcome = trial.run(lambda outcome: self._report("chunk", outcome))
        of_loss = not self._targets.column
        if outcome.end == "target" and of_loss and self._spec.dtype == "float32":
            with self._ledger.enter("off_clock"):
                self._confirm_target(outcome, problem)
        return outcome

    def _confirm_target(self, outcome: Outcome, problem: Any) -> None:
        """Check the target in float64: it may be reached only through rounding."""
        exact = self._runtime.evaluator.exact(problem, outcome.answer)
        self._loss_in_float64, target = exact, self._targets.values[-1]
        if exact is not None and exact > target + rounding(target, self._spec.dtype):
            outcome.end = "stalled"
            outcome.reason = (
                f"the target {target:.9g} is reached by {self._spec.dtype} rounding: "
                f"the loss is {exact:.9g} in float64"
            )
            outcome.at_targets = [x for x in outcome.at_targets if x.loss != target]

    def rows(self) -> Rows:
        """Return the rows so far."""
        if self._outcome is None:
            return []
        return self._outcome.trace.rows(self._optimum, self._examples)

    def record(self, end: str, reason: str, wall: float) -> TrialRecord:
        """Return the trial's record so far, with this end and reason."""
        return self._record(end, reason, wall, self.rows())

    def _record(self, end: str, reason: str, wall: float, rows: Rows) -> TrialRecord:
        outcome, ledger = self._outcome, self._ledger
        record = TrialRecord(
            spec=self._spec,
            end=end,
            reason=reason,
            device=self._runtime.device.device_kind,
            steps=outcome.steps if outcome else 0,
            seconds=outcome.seconds if outcome else 0.0,
            compile_seconds=ledger.compiling,
            cached=self._cached,
            on_clock_seconds=ledger.on_clock,
            on_clock_cpu_seconds=ledger.on_clock_cpu,
            off_clock_seconds=ledger.off_clock,
            wall_seconds=wall,
            static_settings=self._static,
            stand_in=self._stand_in,
            footprint=self._footprint,
            readings=named(outcome.readings if outcome else zeros()),
            replays=outcome.replays if outcome else [],
            dispatch_seconds=outcome.dispatch if outcome else None,
            optimum=self._optimum,
            target_loss=self._targets.values[-1] if self._targets.values else None,
            targets=self._at_targets(),
            loss_in_float64=self._loss_in_float64,
            versions=self._runtime.versions,
            output=self._output,
            **scores(rows, end, self._targets, outcome.at_targets if outcome else []),
        )
        return record if self._spec.timed else _without_seconds(record)

    def _at_targets(self) -> list[AtTarget]:
        """Return a row for each target; only what it is if it was not reached."""
        at_targets = self._outcome.at_targets if self._outcome else []
        reached = {row.loss: row for row in at_targets}
        values, of = self._targets.values, self._targets.column
        return [reached.get(x, AtTarget(x, metric=of)) for x in values]


def _without_seconds(record: TrialRecord) -> TrialRecord:
    """Return the record of a trial that was not timed."""
    targets = [replace(row, seconds=None, measured=None) for row in record.targets]
    unknown = {"seconds": 0.0, "seconds_to_target": None, "replays": []}
    return replace(record, targets=targets, **unknown)


def context(spec: Spec, device: Any):
    """Return a context with a trial's devices, dtype and matmul precision."""
    stack = ExitStack()
    stack.enter_context(devices.used(spec.devices, device.platform))
    stack.enter_context(jax.enable_x64(spec.dtype == "float64"))
    stack.enter_context(jax.default_matmul_precision(spec.matmul_precision))
    stack.enter_context(jax.default_device(device))
    return stack
