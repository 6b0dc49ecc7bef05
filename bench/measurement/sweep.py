"""All settings and seeds of one optimizer on one problem, in one compiled program."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

import jax
import numpy as np

import optimizers

from ..core.readings import READINGS, zeros
from ..core.spec import Budget, Named, Spec
from .budget import NO_TARGET, Spending, last, target_losses
from .clock import Chunk
from .meter import UncountableError
from .oracle import Oracle
from .program import TracedFactory, split_settings
from .runtime import Runtime, context
from .sweep_program import By, SweepProgram, stacked


class SweepTrace(NamedTuple):
    """The trace of a sweep trial, as `n` rows.

    Attributes:
        end: How the trial ended, in one word.
        reason: The sentence that explains the end.
        step: int[n], from 0.
        loss: float[n], at each of these steps.
        readings: int[n, kinds], before each of these steps.
    """

    end: str
    reason: str
    step: np.ndarray
    loss: np.ndarray
    readings: np.ndarray

    def readings_to(self, target: float) -> np.ndarray | None:
        """Return the readings, int[kinds], at the first loss no greater, if any."""
        reached = np.flatnonzero(self.loss <= target)
        return self.readings[reached[0]] if len(reached) else None


class SweepBounds(NamedTuple):
    """The limits of a sweep trial.

    Attributes:
        budget: Of a trial; its seconds are ignored.
        calls: Further limits, by kind of call.
        target: The loss to reach; -inf for none.
        evaluated: Whether rows are evaluations, not the losses of steps.
    """

    budget: Budget
    calls: Mapping[str, int]
    target: float
    evaluated: bool


class SweepProgress:
    """A sweep trial while it runs."""

    def __init__(self, bounds: SweepBounds):
        self.end = self.reason = ""
        self._bounds, self._spending = bounds, Spending(bounds.budget)
        self._most = np.array([bounds.calls.get(kind, 2**62) for kind in READINGS])
        self._steps, self._spent = 0, zeros()
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def left(self, most: int) -> tuple[int, float, np.ndarray]:
        """Return a chunk's limits: steps, target, readings; no steps after its end."""
        steps = 0 if self.end else min(most, self._spending.steps_left(self._steps))
        readings = np.minimum(
            self._spending.left(self._spent), self._most - self._spent
        )
        target = NO_TARGET if self._bounds.evaluated else self._bounds.target
        return steps, target, readings

    def take_in(self, chunk: Chunk, dtype: np.dtype) -> None:
        """Record a chunk; if it ended the trial, its last step may be undone."""
        (loss, readings), ended = chunk.taken(self._spent, dtype), bool(chunk.ended)
        rows = len(readings) - 1
        steps = self._steps + np.arange(len(loss))
        if not self._bounds.evaluated:
            self._rows.append((steps, loss, readings[: len(loss)]))
        self._steps, self._spent = self._steps + rows, readings[-1]
        self._spending.see_losses(loss)
        if not ended:
            self.end, self.reason = self._spent_all()
            return
        self.end, self.reason = chunk.why(self._steps, loss[-1])
        if self._bounds.evaluated and not np.isfinite(loss[-1]):
            self._add(loss[-1])

    def _spent_all(self) -> tuple[str, str]:
        for kind, used, most in zip(READINGS, self._spent, self._most, strict=True):
            if used >= most:
                return "budget", f"{most} {kind}"
        return self._spending.end(self._steps, 0.0, self._spent)

    @property
    def needs_evaluation(self) -> bool:
        """Whether the current loss is a row that no step has written."""
        if self.end in ("", "budget", "stalled"):
            return self._bounds.evaluated or bool(self.end)
        return False

    def see_evaluation(self, loss: float) -> None:
        """Add the current loss, evaluated over all examples and not counted."""
        self._add(loss)
        if self._bounds.evaluated and loss <= self._bounds.target:
            self.end = "target"
            self.reason = f"evaluated at or below the target after {self._steps} steps"

    def _add(self, loss: float) -> None:
        row = (np.array([self._steps]), np.array([loss]), self._spent[None])
        self._rows.append(row)

    def trace(self) -> SweepTrace:
        """Return the trace."""
        step, loss, readings = (
            np.concatenate(x) for x in zip(*self._rows, strict=True)
        )
        return SweepTrace(self.end, self.reason, step, loss, readings)


EVALUATIONS = 50
"""Rows of a trial whose loss over all examples is evaluated separately."""


class SweepTrial(NamedTuple):
    """A sweep trial: the settings that it replaces, and its seed."""

    settings: Mapping[str, Any] = {}
    seed: int = 0


def sweep(
    runtime: Runtime,
    spec: Spec,
    trials: Sequence[SweepTrial],
    calls: Mapping[str, int] | None = None,
    by: By | None = None,
) -> list[SweepTrace]:
    """Run many trials of an optimizer on a problem at once, for tuning.

    Each sweep trial gives the same result as a separate trial: the same steps, ends and
    readings, and the same losses up to rounding. Nothing is timed, and the budget's
    seconds are ignored. Trials whose settings differ only in floats share one program;
    a setting that cannot be traced has one program for each of its values.

    A trial's rows take 64 bytes per step.

    Args:
        runtime: Holds the problem; its device runs the sweep.
        spec: The shared part of the trials. Its budget applies to each of them.
        trials: The settings and seeds.
        calls: Further limits of each trial, by kind of call.
        by: "vmap" runs the steps of all trials together, "map" one trial after the
            other; None uses `sweep_program.choice`.

    Returns:
        A trace for each trial, with a row for each step. If the loss of the answer over
        all examples is evaluated separately (batches, schedule-free), there are about
        50 rows, spread evenly over the budget's steps.

    Raises:
        ValueError: The budget does not limit steps, or its target needs an optimum.
        NotApplicable: The optimizer does not fit the problem or the loop.
        UncountableError: A call of the objective could not be counted, or `by` is
            "vmap" and some trials make calls that others do not.
    """
    if spec.budget.steps is None:
        raise ValueError("a sweep needs a budget of steps")
    with context(spec, runtime.device):
        return _Sweep(runtime, spec, calls or {}, by).traces(trials)


class _Sweep:
    """The shared part of the trials of a sweep."""

    def __init__(
        self, runtime: Runtime, spec: Spec, calls: Mapping[str, int], by: By | None
    ):
        self._spec, self._calls = spec, calls
        self._by: By | None = by
        self._problem = runtime.problem(spec)
        target = spec.budget.target
        optimum = runtime.optimum(spec) if target is not None else None
        self._target = last(target_losses(target, optimum, spec.dtype))

    def traces(
        self, trials: Sequence[SweepTrial], trace: bool = True
    ) -> list[SweepTrace]:
        """Run trials, together if their settings differ only in traced floats."""
        groups: dict[TracedFactory, list[int]] = defaultdict(list)
        split = [self._split(trial, trace) for trial in trials]
        for i, (factory, _) in enumerate(split):
            groups[factory].append(i)
        traces: dict[int, SweepTrace] = {}
        for factory, places in groups.items():
            numbers = [split[i][1] for i in places]
            group = [trials[i] for i in places]
            try:
                results = self._run(self._program(factory, numbers, group))
            except (optimizers.NotApplicable, UncountableError):
                raise
            except Exception:
                if not trace or not numbers[0]:
                    raise
                results = self.traces(
                    group, trace=False
                )  # the factory requires concrete numbers
            traces |= dict(zip(places, results, strict=True))
        return [traces[i] for i in range(len(trials))]

    def _split(
        self, trial: SweepTrial, trace: bool
    ) -> tuple[TracedFactory, tuple[float, ...]]:
        spec = self._spec
        settings = {**spec.optimizer.settings, **trial.settings}
        optimizer = Named(spec.optimizer.name, settings)
        return split_settings(optimizer, Oracle.of(spec), spec.gradient_step, trace)

    def _program(
        self, factory: TracedFactory, numbers: list[tuple], trials: list[SweepTrial]
    ) -> SweepProgram:
        seeds, index = np.unique([trial.seed for trial in trials], return_inverse=True)
        starts = [self._problem.init(jax.random.key(int(seed))) for seed in seeds]
        columns = zip(*numbers, strict=True)
        settings = tuple(np.asarray(x, self._spec.dtype) for x in columns)
        start = stacked(starts, index)
        return SweepProgram(
            factory, settings, self._problem, start, seeds[index], self._by
        )

    def _run(self, program: SweepProgram) -> list[SweepTrace]:
        budget, most = self._spec.budget, program.rows
        if program.evaluated:
            most = min(most, ceil((budget.steps or 1) / EVALUATIONS))
        bounds = SweepBounds(budget, self._calls, self._target, program.evaluated)
        trials = [SweepProgress(bounds) for _ in range(len(program))]
        carry = program.start
        _evaluate(program, carry, trials)
        while not all(trial.end for trial in trials):
            chunk = program(carry, [trial.left(most) for trial in trials])
            carry = chunk.carry
            going = [not trial.end for trial in trials]
            for trial, own in zip(trials, program.apart(chunk), strict=True):
                if not trial.end:
                    trial.take_in(own, program.dtype)
            _evaluate(program, carry, trials, going)
        return [trial.trace() for trial in trials]


def _evaluate(
    program: SweepProgram,
    carry: Any,
    trials: list[SweepProgress],
    going: list[bool] | None = None,
) -> None:
    """Evaluate the trials that are still running and have no row for their loss."""
    due = [
        i
        for i, trial in enumerate(trials)
        if trial.needs_evaluation and (going is None or going[i])
    ]
    if due:
        losses = program.losses(carry)
        for i in due:
            trials[i].see_evaluation(float(losses[i]))
