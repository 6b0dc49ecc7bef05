"""Run one trial: warm up, time its chunks, and return its end and reason."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ..core.at_target import AtTarget
from ..core.readings import zeros
from ..core.spec import Budget, Every
from . import spacing
from .budget import NO_TARGET, Spending
from .clock import CHUNK, Carry, Chunk, Dispatch, Ledger, Pace, Replay, limits, timed
from .evaluator import Evaluation, Evaluator, Parts
from .looks import Search
from .nominal import limit_prices
from .program import Program, ReadyProgram, needs_evaluation
from .targets import Targets, TargetsReached
from .timeline import Timeline
from .trace import Trace
from .walk import Place, Walk

SHORT = 0.5
"""Seconds up to which a chunk is repeated to time a step inside it."""
_OF_LOSS = Parts(gradient_norm=False, held_out=False)
"""What tells whether a place is finite."""


@dataclass(frozen=True)
class Start:
    """The starting conditions of a trial.

    Attributes:
        problem: The problem.
        params: The start point.
        ready: The compiled program and its numbers.
        targets: What it must reach.
        seed: Determines the random draws of its steps.
        evaluation: The steps at which it is evaluated.
    """

    problem: Any
    params: Any
    ready: ReadyProgram
    targets: Targets = Targets()  # noqa: RUF009 (immutable)
    seed: int = 0
    evaluation: Every = Every()  # noqa: RUF009 (immutable)

    def carry(self) -> Carry:
        """Return the state before the first step."""
        return self.ready.program.start(self.params, self.seed)


@dataclass
class Outcome:
    """The result of a trial, complete or up to now."""

    trace: Trace
    params: Any
    end: str = ""
    reason: str = ""
    steps: int = 0
    seconds: float = 0.0
    readings: np.ndarray = field(default_factory=zeros)
    replays: list[float] = field(default_factory=list)
    dispatch: float | None = None
    at_targets: list[AtTarget] = field(default_factory=list)
    answer: Any = None


Report = Callable[[Outcome], None]


class Trial:
    """One optimizer with fixed settings, on one problem, with one seed.

    Its steps, its rows and its end depend on these, on the targets and on the budget
    alone. The clock sizes the chunks; which steps are evaluated and recorded is stated
    in advance (`Looks`), and steps that a chunk has passed are taken again off the
    clock. Only a budget of seconds makes the clock decide where a trial ends.

    Args:
        start: Its starting conditions.
        budget: Its budget.
        evaluator: Evaluates off the clock.
        ledger: Records on-clock and off-clock seconds.
        every_step: Record every step.
        measures: Whether its seconds are measured, by repeating chunks.
    """

    def __init__(
        self,
        start: Start,
        budget: Budget,
        evaluator: Evaluator,
        ledger: Ledger,
        every_step: bool = False,
        measures: bool = True,
    ):
        self._start, self._measures = start, measures
        prices = limit_prices(budget, start.problem, start.params)
        self._spending = Spending(budget, prices)
        self._share, self._ledger = start.ready.program.share, ledger
        optimizer = _made(start.ready)
        self._walk = Walk(start.ready, start.problem, optimizer, evaluator)
        self._sought = start.targets.parts
        # whether rows are evaluations, and whether targets are met by them
        self._counted = needs_evaluation(start.ready.factory, optimizer)
        self._evaluated = self._counted or start.targets.evaluated
        counts = spacing.Counts.of(
            start.problem, start.params, start.ready.factory.oracle.batch
        )
        rows = every_step and self._counted
        self._looks = spacing.looks(counts, self._evaluated, rows, start.evaluation)
        self._norms = spacing.norm_looks(counts)
        train = self._sought.train
        self._whole = Parts(gradient_norm=self._norms.are_all, train=train)
        self._targets = TargetsReached(start.targets)
        self._here = self._before = self._looked = Place(0, start.carry())
        self._timeline = Timeline()
        self._pace, self._dispatch = Pace(), Dispatch()
        trace = Trace(self._looks, every_step, self._counted)
        self.outcome = Outcome(trace, start.params)

    def run(self, report: Report = lambda outcome: None) -> Outcome:
        """Run to the end; `report` is called off the clock after each piece of work."""
        self._report, out = report, self.outcome
        with self._ledger.enter("off_clock"):
            self._warm_up()
            out.trace.insert(0, (0.0, True), zeros())
            self._look(next(self._walk.along(self._here, [0], parts=self._parts)))
        while not out.end:
            with self._ledger.enter("off_clock"):
                call = self._call(self._here.carry, self._next_steps())
            seconds, chunk = self._ledger.time(*call)
            with self._ledger.enter("off_clock"):
                self._take_in(chunk, seconds)
                report(out)
        if out.answer is None and not self._counted:
            out.answer = out.params
        out.at_targets = self._targets.reached
        return out

    def _warm_up(self) -> None:
        """Run the first steps until their duration is known; discard them."""
        carry = self._here.carry
        while steps := self._pace.rehearsal():
            seconds, chunk = timed(*self._call(self._here.carry, steps))
            rows = int(chunk.rows)
            self._pace.rehearsed(self._share(rows) * seconds, rows, rows == steps)
            carry = chunk.carry
        self._dispatch.measure(*self._call(carry, 0))
        self.outcome.dispatch = self._dispatch.seconds

    def _next_steps(self) -> int:
        """Return the steps of the next chunk, which ends at a look if one is near."""
        out, here = self.outcome, self._here.step
        seconds_left = self._spending.seconds_left(out.seconds)
        usual, most = self._pace.steps(out.seconds, seconds_left)
        left = self._spending.steps_left(here)
        if left <= most:
            return left
        if looks := self._looks.between(here, here + most):
            return looks[-1] - here
        recorded = out.trace.records(np.arange(here + 1, here + most + 1))
        return int(np.flatnonzero(recorded)[-1]) + 1 if recorded.any() else usual

    def _call(self, carry: Carry, steps: int) -> tuple:
        """Return the compiled program and its arguments for a chunk."""
        target = NO_TARGET if self._evaluated else self._start.targets.loss
        ready, left = self._start.ready, self._spending.left(self.outcome.readings)
        bounds = limits(steps, target, left, ready.program.dtype)
        return ready.program, self._start.problem, ready.numbers, carry, bounds

    def _take_in(self, chunk: Chunk, seconds: float) -> None:
        """Record a chunk; if it ended the trial, its last step may be undone."""
        out, before, ended = self.outcome, self._here, bool(chunk.ended)
        losses, readings = chunk.taken(out.readings, self._start.ready.program.dtype)
        rows, carry = len(readings) - 1, chunk.carry
        seconds = self._share(len(losses)) * self._dispatch.less(seconds)
        self._pace.timed(seconds, len(losses))
        cut = self._spending.steps_within(readings)
        if is_cut := cut < rows:  # the limit on all calls is none of the program's
            rows, losses, readings, ended = (
                cut,
                losses[:cut],
                readings[: cut + 1],
                False,
            )
        self._spending.see_losses(losses)
        if ended:
            out.end, out.reason = chunk.why(out.steps + rows, losses[-1])
        else:
            spent = (out.steps + rows, out.seconds + seconds, readings[-1])
            out.end, out.reason = self._spending.end(*spent)
        if ended or is_cut or (out.end and seconds < CHUNK):
            seconds, carry = self._replay_last(before, rows)
        self._before = before
        self._here = Place(before.step + rows, carry)
        self._advance(losses, readings, seconds)
        self._look_along(ended, float(losses[-1]))

    def _advance(
        self, losses: np.ndarray, readings: np.ndarray, seconds: float
    ) -> None:
        """Add the rows of a chunk to the trace, and the targets that they reached."""
        out, here = self.outcome, self._here
        clock = (out.seconds, out.seconds + seconds)
        rows = losses[: len(readings) - 1]
        out.trace.add(out.steps, clock, rows, readings, ended=bool(out.end))
        since = self._looked.step
        self._timeline.add(self._before.step, readings, clock[1], since)
        if not self._evaluated:
            self._targets.see_chunk(out.steps, losses, readings, self._seconds_to)
        out.steps, out.seconds = here.step, clock[1]
        out.readings, out.params = readings[-1], here.carry.params

    def _look_along(self, ended: bool, loss: float) -> None:
        """Evaluate the looks of the last chunk and, at its end, the trial's last step.

        Args:
            ended: Whether the chunk ended the trial.
            loss: Of its last step.
        """
        out, here, why = self.outcome, self._here, self.outcome.end
        steps = self._looks.between(self._before.step, here.step)
        if out.end and here.step not in steps:
            steps.append(here.step)
        if why == "diverged":
            steps = [step for step in steps if step < here.step]
        before = dict(zip(steps, [self._looked.step, *steps], strict=False))
        for place in self._walk.along(
            self._before, steps, here, lambda step: self._parts(step, before[step])
        ):
            if not self._look(place):
                return
        if ended and not (self._counted and np.isfinite(loss)):
            out.trace.add_evaluation(here.step, {"loss": loss})

    def _parts(self, step: int, before: int = 0) -> Parts:
        """Return what is evaluated at a look, from the look before it."""
        return self._whole._replace(gradient_norm=self._norms.has(step, before))

    def _look(self, at: Place) -> bool:
        """Take an evaluation into account; return whether the trial goes on."""
        seen = _seen(at)
        if not seen.finite:
            first = self._first(at, lambda seen: not seen.finite, _OF_LOSS)
            loss = _seen(first).loss
            what = "the params were not finite"
            what = what if np.isfinite(loss) else f"the loss was {loss}"
            self._targets.forget_from(first.step)
            clock, reason = self._seconds_to(first.step), f"after {first.step} steps"
            self._end_at(first, clock, "diverged", f"{what} {reason}")
            return False
        self.outcome.trace.add_evaluation(at.step, seen.values)
        if self._evaluated and not self._meet_targets(at):
            return False
        self._looked = at
        self._report(self.outcome)
        return True

    def _meet_targets(self, at: Place) -> bool:
        """Find the steps that first met the targets; return whether any is left."""
        column, is_met = self._start.targets.metric.column, self._start.targets.is_met
        self._targets.see_evaluation(_seen(at).values.get(column, np.nan))
        first, apart = self._looked, max(1, at.step - self._looked.step)
        for target in self._targets.left():
            if not is_met(_seen(at), target):
                break
            first = self._first(
                at, lambda seen, t=target: is_met(seen, t), self._sought, first
            )
            self._meet(first, apart)
        if not self._targets.all_reached:
            return True
        self._end_at_target(first if self._start.targets.kept == 1 else at)
        return False

    def _meet(self, first: Place, resolution: int) -> None:
        """Record the next target as met at a step, and evaluate the step."""
        readings = self._timeline.readings_at(first.step)
        seconds = self._seconds_to(first.step)
        self._targets.add(first.step, seconds, readings, resolution)
        between = self._timeline.interpolated(first.step)
        self.outcome.trace.insert(first.step, between, readings)
        whole = self._walk.whole(first, self._whole)
        self.outcome.trace.add_evaluation(first.step, _seen(whole).values)
        self.outcome.answer = self._walk.answer(first)

    def _end_at_target(self, at: Place) -> None:
        """End the trial at the step that met its last target, or kept it for long."""
        reached = self._targets.reached[-1]
        if at.step == reached.steps:
            clock = reached.seconds or 0.0, bool(reached.measured)
        else:
            seconds, measured = self._seconds_to(at.step)
            clock = max(seconds, reached.seconds or 0.0), measured  # timed separately
        reason = self._start.targets.reason(reached.steps or 0, at.step)
        self._end_at(at, clock, "target", reason)

    def _first(
        self,
        high: Place,
        has_it: Callable[[Evaluation], bool],
        parts: Parts,
        low: Place | None = None,
    ) -> Place:
        """Return the first place between two that has something, found by `Search`.

        Args:
            high: Has it.
            has_it: Whether a place with an evaluation has it.
            parts: What that evaluation needs.
            low: Where to begin; the last look if not given.
        """
        if low is None or low is self._looked:  # which does not have it
            low = self._looked
        elif has_it(_seen(low)):
            return low
        search = Search(low.step, high.step)
        while steps := search.points():
            for place in self._walk.along(low, steps, parts=lambda step: parts):
                search.see(place.step, has := has_it(_seen(place)))
                low, high = (low, place) if has else (place, high)
                if has:
                    break
            self._report(self.outcome)
        return high

    def _end_at(
        self, at: Place, clock: tuple[float, bool], end: str, reason: str
    ) -> None:
        """End the trial at a step, and drop what came after it."""
        out, step = self.outcome, at.step
        readings = self._timeline.readings_at(step)
        out.trace.end_at(step, clock, readings, self._timeline.before(step))
        whole = self._walk.whole(at, self._whole)
        out.trace.add_evaluation(step, _seen(whole).values)
        out.end, out.reason = end, reason
        out.steps, out.seconds, out.readings = step, clock[0], readings
        out.params, self._here = at.carry.params, at

    def _seconds_to(self, step: int) -> tuple[float, bool]:
        """Return the seconds to a step of the last chunks, and whether measured.

        A step inside a chunk is timed by running the chunk again up to it.
        """
        if (seconds := self._timeline.read_at(step)) is not None:
            return seconds, True
        began, before, after = self._timeline.around(step)
        known = self._before if began == self._before.step else self._looked
        is_long = after - before > SHORT or known.step > began  # to be repeated
        if is_long or not self._measures:
            return self._timeline.interpolated(step)
        start = self._walk.to(known, began).carry
        seconds = before + self._replay(start, step - began).work
        whole = seconds <= after  # not so if other work has lengthened most of them
        return (seconds, True) if whole else self._timeline.interpolated(step)

    def _replay_last(self, before: Place, rows: int) -> tuple[float, Carry]:
        """Replay the last chunk up to its end, to time it accurately.

        Returns:
            Its median seconds, and the state at its end.
        """
        if rows == 0:
            return 0.0, before.carry
        replay = self._replay(before.carry, rows)
        self.outcome.replays = replay.seconds
        return replay.work, replay.chunk.carry

    def _replay(self, carry: Carry, rows: int) -> Replay:
        """Replay a chunk's first rows for long enough."""
        call = self._walk.call(carry, rows)
        if self._measures:
            replay = self._dispatch.replay(
                call, lambda chunk: self._walk.call(chunk.carry, 0)
            )
            self.outcome.dispatch = self._dispatch.seconds
        else:
            replay = self._dispatch.once(call)
        return replay._replace(work=self._share(rows) * replay.work)


_optimizers: WeakKeyDictionary[Program, dict[tuple, Any]] = WeakKeyDictionary()


def _made(ready: ReadyProgram) -> Any:
    """Return a program's optimizer; its settings are checked for the first trial."""
    made = _optimizers.setdefault(ready.program, {})
    if ready.numbers not in made:
        made[ready.numbers] = ready.factory.make(ready.numbers)
    return made[ready.numbers]


def _seen(at: Place) -> Evaluation:
    assert at.seen is not None, "not evaluated"
    return at.seen
