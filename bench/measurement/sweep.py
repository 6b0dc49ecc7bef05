"""All settings and seeds of one optimizer on one problem, by one compiled program."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..core.readings import READINGS, zeros
from ..core.spec import Budget, Spec
from . import spacing
from .budget import NO_LIMITS, NO_TARGET, Spending, last, target_losses
from .clock import Carry, Chunk, Ledger
from .executables import Kept
from .looks import Looks, Search
from .program import Program
from .runtime import Runtime, context
from .scored import Scored
from .sweep_program import By, Member, OneTrial, Together, choice, loss_at


class SweepTrace(NamedTuple):
    """The trace of a sweep trial, as `n` rows.

    Attributes:
        end: How the trial ended, in one word.
        reason: The sentence that explains the end.
        step: int[n], from 0.
        loss: float[n], at each of these steps; of a metric that the sweep evaluates,
            its values.
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
        target: The number to reach; -inf for none.
        looks: The steps that are evaluated, if evaluations are the rows and not the
            losses of steps.
        scored: The metric that is evaluated, with the sign with which less is better;
            the trial goes on where it has no finite value.
    """

    budget: Budget
    calls: Mapping[str, int]
    target: float
    looks: Looks | None
    scored: Scored | None = None


class SweepProgress:
    """A sweep trial while it runs.

    Attributes:
        end, reason: As in `SweepTrace`.
        steps: Taken so far.
        spent: int64[kinds], the readings so far.
    """

    def __init__(self, bounds: SweepBounds):
        self.end = self.reason = ""
        self._bounds, self._spending = bounds, Spending(bounds.budget)
        self._most = np.array([bounds.calls.get(kind, 2**62) for kind in READINGS])
        self.steps, self.spent = 0, zeros()
        self._looked = 0, zeros()
        self._rows: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def left(self, most: int) -> tuple[int, float, np.ndarray]:
        """Return a chunk's limits: steps, target, readings; no steps after its end."""
        looks, target = self._bounds.looks, self._bounds.target
        steps = 0 if self.end else min(most, self._spending.steps_left(self.steps))
        if looks is not None:
            steps = min(steps, looks.after(self.steps) - self.steps)
            target = NO_TARGET
        readings = np.minimum(self._spending.left(self.spent), self._most - self.spent)
        return steps, target, readings

    def take_in(self, chunk: Chunk, dtype: np.dtype) -> None:
        """Record a chunk; if it ended the trial, its last step may be undone."""
        (loss, readings), ended = chunk.taken(self.spent, dtype), bool(chunk.ended)
        rows = len(readings) - 1
        steps = self.steps + np.arange(len(loss))
        if self._bounds.looks is None:
            self._rows.append((steps, loss, readings[: len(loss)]))
        self.steps, self.spent = self.steps + rows, readings[-1]
        self._spending.see_losses(loss)
        if not ended:
            self.end, self.reason = self._spent_all()
            return
        self.end, self.reason = chunk.why(self.steps, loss[-1])
        if self._bounds.looks is not None and not np.isfinite(loss[-1]):
            self._add(np.nan if self._bounds.scored else loss[-1])

    def _spent_all(self) -> tuple[str, str]:
        for kind, used, most in zip(READINGS, self.spent, self._most, strict=True):
            if used >= most:
                return "budget", f"{most} {kind}"
        return self._spending.end(self.steps, 0.0, self.spent)

    @property
    def needs_evaluation(self) -> bool:
        """Whether the current loss is a row that no step has written."""
        if self.end in ("budget", "stalled"):
            return True
        looks = self._bounds.looks
        return not self.end and looks is not None and looks.has(self.steps)

    def see_evaluation(self, loss: float) -> bool:
        """Add the current number, evaluated off the clock and not counted.

        Returns:
            Whether the trial goes on from here.
        """
        counts = self._bounds.looks is not None
        if self._is_diverged(loss) or (counts and loss <= self._bounds.target):
            self._end(loss)
            return False
        self._add(loss)
        self._looked = self.steps, self.spent
        return True

    def _is_diverged(self, loss: float) -> bool:
        return self._bounds.scored is None and not np.isfinite(loss)

    def _end(self, loss: float) -> None:
        self._add(loss)
        if not self._is_diverged(loss):
            self.end, what = "target", "evaluated at or below the target"
        else:
            self.end, what = "diverged", f"the loss was {loss}"
        self.reason = f"{what} after {self.steps} steps"

    def search(self) -> Search | None:
        """Return the search for the step that ended the trial, if it is not known."""
        low = self._looked[0]
        exact = self._bounds.looks is None or self.end not in ("target", "diverged")
        if exact or (self._bounds.scored and self.end == "diverged"):
            return None
        return Search(low, self.steps) if self.steps - low > 1 else None

    def has_ended(self, loss: float) -> bool:
        """Return whether a loss is one that ends the trial as it ended."""
        if self.end == "target":
            return loss <= self._bounds.target
        return not np.isfinite(loss)

    @property
    def spent_at_look(self) -> np.ndarray:
        """Readings at the last look from which the trial went on."""
        return self._looked[1]

    def end_at(self, step: int, loss: float, spent: np.ndarray) -> None:
        """Replace the last row: the trial had ended at an earlier step."""
        self._rows.pop()
        self.steps, self.spent = step, spent
        self._end(loss)

    def _add(self, loss: float) -> None:
        row = (np.array([self.steps]), np.array([loss]), self.spent[None])
        self._rows.append(row)

    def trace(self) -> SweepTrace:
        """Return the trace."""
        step, loss, readings = (
            np.concatenate(x) for x in zip(*self._rows, strict=True)
        )
        if self._bounds.scored is not None:
            loss = self._bounds.scored.signed(loss)
        return SweepTrace(self.end, self.reason, step, loss, readings)


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
    scored: Scored | None = None,
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
            steps of all trials together; None uses `sweep_program.choice`.
        scored: A metric that is evaluated at looks instead of the training loss, and
            its target, which replaces that of the budget.

    Returns:
        A trace for each trial, with a row for each step. If the loss of the answer over
        all examples is evaluated separately (batches, schedule-free), the rows are
        those of a separate trial: the looks, and the step that ended it. So they are if
        a metric is evaluated, and what reached its target is found in the same way.

    Raises:
        ValueError: The budget does not limit steps, or its target needs an optimum.
        ProblemError: The problem lacks the metric or the examples that it is of.
        NotApplicable: The optimizer does not fit the problem or the loop.
        UncountableError: A call of the objective could not be counted, or `by` is
            "vmap" and some trials make calls that others do not.
        ChangedError: The optimizer's files changed since the trials were planned.
    """
    if spec.budget.steps is None:
        raise ValueError("a sweep needs a budget of steps")
    with context(spec, runtime.device):
        return _Sweep(runtime, spec, calls or {}, scored).traces(trials, by)


class _Sweep:
    """The shared part of the trials of a sweep."""

    def __init__(
        self,
        runtime: Runtime,
        spec: Spec,
        calls: Mapping[str, int],
        scored: Scored | None,
    ):
        self._runtime, self._spec, self._calls = runtime, spec, calls
        self._problem = runtime.problem(spec)
        self._scored, self._evaluate = scored, runtime.evaluator.loss
        if scored is None:
            target = spec.budget.target
            optimum = runtime.optimum(spec) if target is not None else None
            self._target = last(target_losses(target, optimum, spec.dtype))
        else:
            scored.check(self._problem, runtime.start(spec))
            self._target, self._evaluate = scored.signed_target, Kept(scored.of)
        self._starts: dict[Any, Carry] = {}
        self._optimizers: dict[Any, Any] = {}

    def traces(self, trials: Sequence[SweepTrial], by: By | None) -> list[SweepTrace]:
        """Run trials; under vmap those of one program together."""
        traces: dict[int, SweepTrace] = {}
        groups: dict[Program, dict[int, Member]] = defaultdict(dict)
        for i, trial in enumerate(trials):
            member = self._member(trial)
            if (by or choice(member, self._problem, len(trials))) == "vmap":
                groups[member.ready.program][i] = member
                continue
            (traces[i],) = self._run(OneTrial(member, self._problem, self._evaluate))
        for group in groups.values():
            value = loss_at if self._scored is None else self._scored.of
            together = Together(list(group.values()), self._problem, value)
            traces |= zip(group, self._run(together), strict=True)
        return [traces[i] for i in range(len(trials))]

    def _member(self, trial: SweepTrial) -> Member:
        """Return a trial's program and its state before the first step."""
        spec, seed, ledger = self._spec, trial.seed, Ledger()
        settings = {**spec.optimizer.settings, **trial.settings}
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
