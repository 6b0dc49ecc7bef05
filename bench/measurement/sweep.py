"""All settings and seeds of one optimizer on one problem, by one compiled program."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from factories import placed

from ..core.fit import Fit
from ..core.spec import Spec
from . import spacing
from .budget import NO_LIMITS, NO_TARGET, last, target_losses
from .clock import Carry, Ledger
from .looks import Looks, Search
from .program import Program
from .runtime import Runtime, context
from .scored import Scored
from .sweep_memory import fitting
from .sweep_program import By, Member, OneTrial, Together, choice, loss_at
from .sweep_progress import SweepBounds, SweepProgress, SweepTrace


class SweepTrial(NamedTuple):
    """A sweep trial: the settings that it replaces, by their paths, and its seed."""

    settings: Mapping[str, Any] = {}
    seed: int = 0


def sweep(
    runtime: Runtime,
    spec: Spec,
    trials: Sequence[SweepTrial],
    calls: Mapping[str, int] | None = None,
    by: By | None = None,
    scored: Scored | None = None,
    tell: Callable[[Fit], None] = lambda fit: None,
) -> list[SweepTrace]:
    """Run many trials of an optimizer on a problem, for tuning.

    Each sweep trial gives the same result as a separate trial: the same steps, ends and
    readings, and the same losses up to rounding. Nothing is timed, and the budget's
    seconds are ignored. Trials whose settings differ only in floats share one program;
    a setting that cannot be traced has one program for each of its values.

    A trial's rows take 64 bytes per step.

    Args:
        runtime: Holds the problem and the programs; its device runs the sweep.
        spec: The shared part of the trials. Its budget applies to each of them.
        trials: The settings and seeds.
        calls: Further limits of each trial, by kind of call.
        by: "map" runs one trial after another by the program that separate trials
            use, so that nothing else is compiled; "vmap" compiles one that takes the
            steps of many trials together, of as many at a time as fit into memory;
            None uses `sweep_program.choice`.
        scored: A metric that is evaluated at looks instead of the training loss, and
            its target, which replaces that of the budget; by default that of a target
            on a metric.
        tell: Called before trials are run together, with how many fit into memory.

    Returns:
        A trace for each trial, with a row for each step. If the loss of the answer over
        all examples is evaluated separately (batches, schedule-free), the rows are
        those of a separate trial: the looks, and the step that ended it. So they are if
        a metric is evaluated, and what reached its target is found in the same way.

    Raises:
        ValueError: The budget does not limit steps, or its target needs an optimum or
            must be kept.
        ProblemError: The problem lacks the metric or the examples that it is of.
        NotApplicable: The optimizer does not fit the problem or the loop.
        UncountableError: A call of the objective could not be counted, or `by` is
            "vmap" and some trials make calls that others do not.
        ChangedError: The optimizer's files changed since the trials were planned.
    """
    if spec.budget.steps is None:
        raise ValueError("a sweep needs a budget of steps")
    with context(spec, runtime.device):
        return _Sweep(runtime, spec, calls or {}, scored, tell).traces(trials, by)


class _Sweep:
    """The shared part of the trials of a sweep."""

    def __init__(
        self,
        runtime: Runtime,
        spec: Spec,
        calls: Mapping[str, int],
        scored: Scored | None,
        tell: Callable[[Fit], None],
    ):
        self._runtime, self._spec, self._calls = runtime, spec, calls
        self._tell = tell
        self._problem = runtime.problem(spec)
        target = spec.budget.target
        if scored is None and target is not None:
            scored = Scored.of_target(target, spec.dtype)
        self._scored, self._evaluate = scored, runtime.evaluator.loss
        if scored is None:
            optimum = runtime.optimum(spec) if target is not None else None
            first = runtime.first_loss(spec)
            self._target = last(target_losses(target, optimum, spec.dtype, first))
        else:
            scored.check(self._problem, runtime.start(spec))
            self._target = scored.signed_target
            self._evaluate = partial(scored.at, runtime.evaluator)
        self._starts: dict[Any, Carry] = {}
        self._optimizers: dict[Any, Any] = {}

    def traces(self, trials: Sequence[SweepTrial], by: By | None) -> list[SweepTrace]:
        """Run trials; under vmap those of one program together."""
        traces: dict[int, SweepTrace] = {}
        groups: dict[Program, dict[int, Member]] = defaultdict(dict)
        for i, trial in enumerate(trials):
            member = self._member(trial)
            if (by or choice(member)) == "vmap":
                groups[member.ready.program][i] = member
            else:
                traces[i] = self._alone(member)
        for group in groups.values():
            traces |= zip(group, self._together([*group.values()]), strict=True)
        return [traces[i] for i in range(len(trials))]

    def _alone(self, member: Member) -> SweepTrace:
        (trace,) = self._run(OneTrial(member, self._problem, self._evaluate))
        return trace

    def _together(self, members: list[Member]) -> list[SweepTrace]:
        """Run the trials of a program, as many at a time as fit into memory."""
        if len(members) == 1:
            return [self._alone(members[0])]
        value = loss_at if self._scored is None else self._scored.function

        def make(some: Sequence[Member]) -> Together:
            return Together(some, self._problem, value)

        program, fit = fitting(members, make)
        self._tell(fit)
        if fit.together == 1:
            return [self._alone(member) for member in members]
        traces: list[SweepTrace] = []
        for first in range(0, len(members), fit.together):
            part = members[first : first + fit.together]
            filled = [*part, *[part[-1]] * (fit.together - len(part))]
            traces += self._run(program.of(filled))[: len(part)]
        return traces

    def _member(self, trial: SweepTrial) -> Member:
        """Return a trial's program and its state before the first step."""
        spec, seed, ledger = self._spec, trial.seed, Ledger()
        settings = placed(spec.optimizer.settings, trial.settings)
        named = replace(spec.optimizer, settings=settings)
        spec = replace(spec, optimizer=named, seed=seed)
        params = self._runtime.start(spec)
        ready = self._runtime.ready(spec, self._problem, params, ledger)
        if ledger.compiling:
            self._runtime.make_room(spec)
        factory, key = ready.factory, (ready.factory, seed)
        if factory not in self._optimizers:
            self._optimizers[factory] = factory.make(ready.numbers)
        if key not in self._starts:
            self._starts[key] = ready.program.start(params, seed)
        return Member(ready, self._starts[key], self._optimizers[factory])

    def _looks(self) -> Looks:
        """Return the looks of a separate trial."""
        params = self._runtime.start(self._spec)
        counts = spacing.Counts.of(self._problem, params, self._spec.batch)
        return spacing.looks(counts, True, self._spec.every_step, self._spec.evaluation)

    def _run(self, program: OneTrial | Together) -> list[SweepTrace]:
        scored = self._scored
        evaluated = program.evaluated or scored is not None
        looks = self._looks() if evaluated else None
        limits = self._spec.budget, self._calls, self._target
        bounds = SweepBounds(*limits, looks, scored)
        trials = [SweepProgress(bounds) for _ in range(len(program))]
        carry = looked = program.start
        _evaluate(program, carry, trials)
        while not all(trial.end for trial in trials):
            left = [trial.left(program.rows) for trial in trials]
            carry, chunks = program(carry, left)
            going = [not trial.end for trial in trials]
            for trial, own in zip(trials, chunks, strict=True):
                if not trial.end:
                    trial.take_in(own, program.dtype)
            gone_on = _evaluate(program, carry, trials, going)
            if looks is not None:
                looked = program.either(gone_on, carry, looked)
        _search(program, looked, trials)
        return [trial.trace() for trial in trials]


def _evaluate(
    program: OneTrial | Together,
    carry: Any,
    trials: list[SweepProgress],
    going: list[bool] | None = None,
) -> list[bool]:
    """Evaluate the trials that are still running and have no row for their loss.

    Returns:
        For each trial whether it was evaluated and goes on from there.
    """
    due = [
        i
        for i, trial in enumerate(trials)
        if trial.needs_evaluation and (going is None or going[i])
    ]
    gone_on = [False] * len(trials)
    if due:
        losses = program.evaluated_at(carry)
        for i in due:
            gone_on[i] = trials[i].see_evaluation(float(losses[i]))
    return gone_on


def _search(
    program: OneTrial | Together, low: Any, trials: list[SweepProgress]
) -> None:
    """Find the steps between two looks at which trials ended, all searches together.

    Args:
        program: Takes their steps.
        low: The state of the trials at their last looks.
        trials: Have ended.
    """
    searches = {i: s for i, trial in enumerate(trials) if (s := trial.search())}
    spent = {i: trials[i].spent_at_look for i in searches}
    found: dict[int, tuple[float, np.ndarray]] = {}
    plans = {i: search.points() for i, search in searches.items()}
    while steps := {i: plan[0] for i, plan in plans.items() if plan}:
        place, readings = _walked(program, low, spent, searches, steps)
        losses, passed = program.evaluated_at(place), [False] * len(trials)
        for i, step in steps.items():
            loss = float(losses[i])
            has_ended = trials[i].has_ended(loss)
            searches[i].see(step, has_ended)
            rest = [] if has_ended else plans[i][1:]
            plans[i] = rest or searches[i].points()
            if has_ended:
                found[i] = loss, readings[i]
            else:
                passed[i], spent[i] = True, readings[i]
        low = program.either(passed, place, low)
    for i, (loss, readings_there) in found.items():
        trials[i].end_at(searches[i].high, loss, readings_there)


def _walked(
    program: OneTrial | Together,
    carry: Any,
    spent: Mapping[int, np.ndarray],
    searches: Mapping[int, Search],
    steps: Mapping[int, int],
) -> tuple[Any, dict[int, np.ndarray]]:
    """Take steps again from the low ends of searches; return state and readings.

    Args:
        program: Takes their steps.
        carry: The state of the trials at the low ends.
        spent: Readings there, of each trial that is searched.
        searches: By trial.
        steps: The step to reach, by trial; the others take none.
    """
    left = {i: step - searches[i].low for i, step in steps.items()}
    readings = {i: spent[i] for i in steps}
    while any(left.values()):
        each = [min(left.get(i, 0), program.rows) for i in range(len(program))]
        unlimited = [(n, NO_TARGET, np.array(NO_LIMITS)) for n in each]
        carry, chunks = program(carry, unlimited)
        for i, own in enumerate(chunks):
            if each[i]:
                readings[i] = readings[i] + own.readings()[-1]
                left[i] -= each[i]
    return carry, readings
