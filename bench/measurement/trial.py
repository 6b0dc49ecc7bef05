"""Run one trial: warm up, time its chunks, and return its end and reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.readings import zeros
from ..core.records import AtTarget
from ..core.spec import Budget
from .budget import NO_LIMITS, NO_TARGET, Spending
from .clock import CHUNK, Carry, Chunk, Ledger, Pace, limits, timed
from .program import ReadyProgram, needs_evaluation
from .trace import EvaluatedLosses, Evaluator, StepLosses, Trace, spent_at

EVALUATE_AGAIN = 1.1
"""Factor by which the seconds grow between two evaluations."""
SHORT = 0.5
"""Seconds below which a trial is repeated off the clock to evaluate more steps."""


@dataclass(frozen=True)
class Start:
    """The starting conditions of a trial.

    Attributes:
        problem: The problem.
        params: The start point.
        ready: The compiled program and its numbers.
        targets: The losses to reach, the greatest first; the last one ends it.
        seed: Determines the random draws of its steps.
    """

    problem: Any
    params: Any
    ready: ReadyProgram
    targets: Sequence[float] = ()
    seed: int = 0

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
    at_targets: list[AtTarget] = field(default_factory=list)
    answer: Any = None


class Trial:
    """One optimizer with fixed settings, on one problem, with one seed.

    Args:
        start: Its starting conditions.
        budget: Its budget.
        evaluator: Evaluates off the clock.
        ledger: Records on-clock and off-clock seconds.
        every_step: Record every step.
    """

    def __init__(
        self,
        start: Start,
        budget: Budget,
        evaluator: Evaluator,
        ledger: Ledger,
        every_step: bool = False,
    ):
        self._start, self._spending = start, Spending(budget)
        self._evaluator, self._ledger = evaluator, ledger
        self._optimizer: Any = start.ready.factory.make(start.ready.numbers)
        evaluated = needs_evaluation(start.ready.factory, self._optimizer)
        self._losses = (EvaluatedLosses if evaluated else StepLosses)(start.targets)
        self._carry = start.carry()
        self._every_step = every_step
        self._pace = Pace()
        self._evaluated_at = 0.0
        trace = Trace(every_step, self._losses.rows_need_evaluation)
        self.outcome = Outcome(trace, start.params)

    def run(self, report: Callable[[Outcome], None] = lambda outcome: None) -> Outcome:
        """Run to the end; `report` is called off the clock after each chunk."""
        with self._ledger.enter("off_clock"):
            self._warm_up()
            self._evaluate(self._carry)
        while not self.outcome.end:
            with self._ledger.enter("off_clock"):
                call = self._call(self._carry, self._next_steps())
            seconds, chunk = self._ledger.time(*call)
            with self._ledger.enter("off_clock"):
                self._take_in(chunk, seconds)
                report(self.outcome)
        with self._ledger.enter("off_clock"):
            self._finish()
        return self.outcome

    def _next_steps(self) -> int:
        out = self.outcome
        left = self._spending.seconds_left(out.seconds)
        return min(
            self._pace.steps(out.seconds, left), self._spending.steps_left(out.steps)
        )

    def _call(self, carry: Carry, steps: int) -> tuple:
        """Return the compiled program and its arguments for a chunk."""
        ready, left = self._start.ready, self._spending.left(self.outcome.readings)
        target = self._losses.program_target
        bounds = limits(steps, target, left, ready.program.dtype)
        return ready.program, self._start.problem, ready.numbers, carry, bounds

    def _warm_up(self) -> None:
        """Run the first steps until their duration is known; discard them."""
        while steps := self._pace.rehearsal():
            seconds, chunk = timed(*self._call(self._carry, steps))
            self._pace.rehearsed(seconds, int(chunk.rows))

    def _take_in(self, chunk: Chunk, seconds: float) -> None:
        """Record a chunk; if it ended the trial, its last step may be undone."""
        out, before, ended = self.outcome, self._carry, bool(chunk.ended)
        losses, readings = chunk.taken(out.readings, self._start.ready.program.dtype)
        rows = len(readings) - 1
        self._pace.timed(seconds, len(losses))
        self._spending.see_losses(losses)
        if ended:
            out.end, out.reason = chunk.why(out.steps + rows, losses[-1])
        else:
            self._carry = chunk.carry
            spent = (out.steps + rows, out.seconds + seconds, readings[-1])
            out.end, out.reason = self._spending.end(*spent)
        if ended or (out.end and seconds < CHUNK):
            seconds = self._replay_last(before, rows)
        clock = self._clock(before, seconds, rows)
        self._losses.see_chunk(out.steps, losses, readings, clock)
        self._advance(losses[:rows], readings, seconds)
        if ended:
            self._losses.see_last(out.trace, out.steps, float(losses[-1]))

    def _advance(
        self, losses: np.ndarray, readings: np.ndarray, seconds: float
    ) -> None:
        out = self.outcome
        clock = (out.seconds, out.seconds + seconds)
        out.trace.add(out.steps, clock, losses, readings)
        out.steps, out.seconds = out.steps + len(losses), clock[1]
        out.readings, out.params = readings[-1], self._carry.params
        due = out.seconds >= EVALUATE_AGAIN * self._evaluated_at
        due |= self._losses.evaluate_every_chunk
        if out.end != "diverged" and (out.end or due):
            self._evaluate(self._carry)
        if not out.end:
            out.end, out.reason = self._losses.reached(out.trace)

    def _clock(
        self, before: Carry, seconds: float, rows: int
    ) -> Callable[[int], tuple[float, bool]]:
        """Return a function from a row of a chunk to its seconds, measured or not.

        A row inside the chunk is timed by running the chunk again up to it.
        """
        began = self.outcome.seconds

        def clock(row: int) -> tuple[float, bool]:
            if row in (0, rows):
                return began + (seconds if row else 0.0), True
            if seconds > SHORT:  # too long to be repeated
                return began + seconds * row / rows, False
            alone = float(np.median(self._replay(before, row)[0]))
            return began + min(alone, seconds), True

        return clock

    def _replay_last(self, before: Carry, rows: int) -> float:
        """Replay the last chunk up to its end, to time it accurately.

        Returns:
            Its median seconds.
        """
        if rows == 0:
            return 0.0
        self.outcome.replays, chunk = self._replay(before, rows)
        self._carry = chunk.carry
        return float(np.median(self.outcome.replays))

    def _replay(self, before: Carry, rows: int) -> tuple[list[float], Chunk]:
        """Replay a chunk's first rows for long enough; return the seconds of each."""
        call, replays = self._call(before, rows), []
        while True:
            seconds, chunk = timed(*call)
            replays.append(seconds)
            if sum(replays) >= CHUNK:
                return replays, chunk

    def _evaluate(self, carry: Carry) -> None:
        """Evaluate the optimizer's answer off the clock."""
        step, params = int(carry.step), carry.params
        if hasattr(self._optimizer, "answer") and step:
            params = self._optimizer.answer(carry.state, params)
        values = self._evaluator(self._start.problem, params)
        self.outcome.trace.add_evaluation(step, values)
        self._evaluated_at = self.outcome.seconds
        self._losses.see_evaluation(step, params, values["loss"])

    def _finish(self) -> None:
        out = self.outcome
        if out.seconds < SHORT:
            self._evaluate_closely()
        if isinstance(self._losses, EvaluatedLosses):
            row = self._losses.first_reached(out.trace)
            if row is not None:
                out.steps, out.seconds, out.readings = spent_at(row)
                out.end, out.reason = self._losses.reached(out.trace)
        out.answer, out.at_targets = self._losses.finish(out.trace, out.params)

    def _evaluate_closely(self) -> None:
        """Evaluate a short trial at steps spread evenly on a logarithmic scale."""
        recorded, carry = self.outcome.trace.steps()[:-1], self._start.carry()
        for step in self._losses.steps_to_evaluate(recorded, self._every_step):
            carry = self._steps_again(carry, step)
            self._evaluate(carry)

    def _steps_again(self, carry: Carry, step: int) -> Carry:
        """Take steps again, untimed and without limits, up to a step."""
        while (steps := step - int(carry.step)) > 0:
            program, problem, numbers, *_ = self._call(carry, steps)
            bounds = limits(steps, NO_TARGET, NO_LIMITS, program.dtype)
            carry = program(problem, numbers, carry, bounds).carry
        return carry
