"""All settings and seeds of one optimizer on one problem, in one compiled program."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

import jax
import numpy as np

import optimizers

from ..core.spec import Named, Spec
from .optimizer_factory import TracedFactory, split_settings
from .oracle import Oracle
from .run_trial import context
from .runtime import Runtime
from .sweep_program import By, SweepProgram, stacked
from .sweep_trace import SweepBounds, SweepProgress, SweepTrace
from .targets import last, target_losses
from .uncountable import UncountableError

EVALUATIONS = 50
"""Rows of a trial whose loss over all examples no step evaluates."""


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

    Each setting gives the same result as a separate trial with its seed: the same
    steps, ends and readings, and the same losses but for rounding. Nothing is timed,
    and nothing ends for its seconds. All trials whose settings differ in floats alone
    share one program; a setting that cannot be traced has one for each of its values.

    A trial's rows take 64 bytes a step.

    Args:
        runtime: Where the problem is kept; its device runs the sweep.
        spec: What the trials have in common. Its budget bounds each of them.
        trials: The settings and seeds.
        calls: What each may spend besides, by kind of call.
        by: "vmap" has all trials take their steps together, "map" one trial after the
            other; None leaves the choice to `sweep_program.choice`.

    Returns:
        A trace for each trial, with a row for each step. Where no step evaluates the
        loss of the answer over all examples (batches, schedule-free) there are about
        50 rows, spread evenly over the budget's steps.

    Raises:
        ValueError: The budget bounds no steps, or has a target without an optimum.
        NotApplicable: The optimizer does not fit the problem or the loop.
        UncountableError: A call of the objective could not be counted, or `by` is
            "vmap" and some trials make calls that others do not.
    """
    if spec.budget.steps is None:
        raise ValueError("a sweep needs a budget of steps")
    with context(spec, runtime.device):
        return _Sweep(runtime, spec, calls or {}, by).traces(trials)


class _Sweep:
    """What the trials of a sweep have in common."""

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
        """Run trials, those together whose settings differ in traced floats alone."""
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
                results = self.traces(group, trace=False)  # it insists on numbers
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
    """Evaluate those trials that went on until now and have no row of their loss."""
    due = [
        i
        for i, trial in enumerate(trials)
        if trial.needs_evaluation and (going is None or going[i])
    ]
    if due:
        losses = program.losses(carry)
        for i in due:
            trials[i].see_evaluation(float(losses[i]))
