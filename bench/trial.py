"""Run one trial: warm up, time its chunks, end with a word and a reason."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import optimizers

from .clock import Ledger, timed
from .meter import READINGS
from .observe import Observer
from .pace import CHUNK, Pace
from .program import Carry, Chunk, limits
from .programs import Ready
from .spec import Budget
from .trace import Trace

UNLIMITED = 2**31 - 1
NO_TARGET = float("-inf")
SEE_AGAIN = 1.1
"""The clock grows by this factor between two evaluations for people."""
LOOK_CLOSELY_BELOW = 0.5
"""Trials of fewer seconds are run once more, off the clock, to see them closely."""
SEEN_A_DECADE = 8
MOST_SEEN = 1000
"""Steps evenly spread that are seen where every step is asked for."""
STALLED_AFTER = 1000
"""Steps without any change of the loss after which a trial has stalled."""


@dataclass(frozen=True)
class Start:
    """What a trial starts from.

    Attributes:
        problem: The problem, data and all.
        params: The start point.
        ready: The compiled program and its numbers.
        target: The loss to reach; -inf for none.
        seed: Of what its steps draw by chance.
    """

    problem: Any
    params: Any
    ready: Ready
    target: float = NO_TARGET
    seed: int = 0


@dataclass
class Outcome:
    """How a trial went, complete or as far as it came."""

    trace: Trace
    params: Any
    end: str = ""
    reason: str = ""
    steps: int = 0
    seconds: float = 0.0
    readings: np.ndarray = field(default_factory=lambda: np.zeros(6, np.int64))
    replays: list[float] = field(default_factory=list)


class Trial:
    """One optimizer with fixed settings, on one problem, with one seed.

    Args:
        start: Where it starts.
        budget: What it may spend.
        observer: Evaluates for people, off the clock.
        ledger: Keeps on-clock and off-clock seconds.
        every_step: Record every step.
    """

    def __init__(
        self,
        start: Start,
        budget: Budget,
        observer: Observer,
        ledger: Ledger,
        every_step: bool = False,
    ):
        self._start, self._budget = start, budget
        self._observer, self._ledger = observer, ledger
        self._optimizer: Any = start.ready.build.make(start.ready.numbers)
        self._scores_answer = hasattr(self._optimizer, "answer")
        # the program's loss is of another point, or of a batch: no row of the trace
        batches = start.ready.build.oracle.batch is not None
        self._only_seen = self._scores_answer or batches
        self._carry: Carry = start.ready.program.start(start.params, start.seed)
        self._every_step = every_step
        self._pace = Pace()
        self._seen_at = 0.0
        self._unchanged, self._last_loss = 0, np.nan
        self.outcome = Outcome(Trace(every_step, self._only_seen), start.params)

    def run(self, report: Callable[[Outcome], None] = lambda outcome: None) -> Outcome:
        """Run to the end; `report` is called off the clock after each chunk."""
        with self._ledger.enter("off_clock"):
            self._warm_up()
            self._see(self._carry)
        while not self.outcome.end:
            with self._ledger.enter("off_clock"):
                left = self._budget.seconds - self.outcome.seconds
                steps = self._pace.steps(self.outcome.seconds, left)
                call = self._call(self._carry, min(steps, self._steps_left()))
            seconds, chunk = self._ledger.time(*call)
            with self._ledger.enter("off_clock"):
                self._take_in(chunk, seconds)
                report(self.outcome)
        with self._ledger.enter("off_clock"):
            self._look_closely()
        return self.outcome

    def _call(self, carry: Carry, steps: int) -> tuple:
        spent = self.outcome.readings
        target = NO_TARGET if self._only_seen else self._start.target
        bounds = limits(
            steps, target, self._left(spent), self._start.ready.program.dtype
        )
        ready = self._start.ready
        return ready.program, self._start.problem, ready.numbers, carry, bounds

    def _left(self, spent: np.ndarray) -> tuple[int, ...]:
        """Return the calls that may still be made, in the order of the readings."""
        most = {0: self._budget.forwards, 2: self._budget.gradients}
        return tuple(
            UNLIMITED if most.get(i) is None else max(0, int(most[i] - spent[i]))
            for i in range(len(spent))
        )

    def _steps_left(self) -> int:
        most = self._budget.steps
        return UNLIMITED if most is None else most - self.outcome.steps

    def _warm_up(self) -> None:
        """Run the first steps until the pace is known, and forget them."""
        while steps := self._pace.rehearsal():
            seconds, chunk = timed(*self._call(self._carry, steps))
            self._pace.rehearsed(seconds, int(chunk.rows))

    def _take_in(self, chunk: Chunk, seconds: float) -> None:
        """Record a chunk; where it ended the trial, the step it took last is undone."""
        out = self.outcome
        before, ended = self._carry, bool(chunk.ended)
        loss = chunk.losses(self._start.ready.program.dtype)
        rows = len(loss) - ended
        nothing = np.zeros((1, len(READINGS)), np.int64)
        readings = out.readings + np.vstack([nothing, chunk.readings()[:rows]])
        self._pace.timed(seconds, len(loss))
        self._count_unchanged(loss)
        if ended:
            out.end, out.reason = self._why(chunk, out.steps + rows, loss[-1])
        else:
            self._carry = chunk.carry
            spent = (out.steps + rows, out.seconds + seconds, readings[-1])
            out.end, out.reason = self._spent(*spent)
        if ended or (out.end and seconds < CHUNK):
            seconds = self._replay(before, rows)
        self._advance(loss[:rows], readings, seconds)
        if ended and not (self._only_seen and np.isfinite(loss[-1])):
            out.trace.see(out.steps, {"loss": float(loss[-1])})

    def _advance(self, loss: np.ndarray, readings: np.ndarray, seconds: float) -> None:
        out = self.outcome
        clock = (out.seconds, out.seconds + seconds)
        out.trace.add(out.steps, clock, loss, readings)
        out.steps, out.seconds = out.steps + len(loss), clock[1]
        out.readings = readings[-1]
        out.params = self._carry.params
        due = out.seconds >= SEE_AGAIN * self._seen_at or self._only_seen
        if out.end != "diverged" and (out.end or due):
            self._see(self._carry)
        if self._only_seen and not out.end:
            out.end, out.reason = self._reached()

    def _reached(self) -> tuple[str, str]:
        """Return the end where the target was seen to be reached, else empty words."""
        step = self.outcome.trace.first_seen_below(self._start.target)
        return ("target", _seen(step)) if step is not None else ("", "")

    def _replay(self, before: Carry, rows: int) -> float:
        """Run the last chunk again, to stop where it should and to time it well.

        Returns:
            Its median seconds.
        """
        if rows == 0:
            return 0.0
        call, replays = self._call(before, rows), self.outcome.replays
        while sum(replays) < CHUNK:
            seconds, chunk = timed(*call)
            replays.append(seconds)
        self._carry = chunk.carry
        return float(np.median(replays))

    def _why(self, chunk: Chunk, step: int, loss) -> tuple[str, str]:
        if bool(chunk.failed):
            why = optimizers.failure_reason(chunk.carry.state)
            return "failed", why or "the optimizer could not take a step"
        if np.isfinite(loss):
            return "target", f"loss {loss:.6g} after {step} steps"
        return "diverged", f"the loss was {loss} after {step} steps"

    def _spent(self, steps: int, seconds: float, readings) -> tuple[str, str]:
        """Return the end and its reason; two empty words if the trial goes on."""
        budget = self._budget
        spent = {
            "steps": (steps, budget.steps),
            "gradients": (readings[2], budget.gradients),
            "forward passes": (readings[0], budget.forwards),
            "seconds": (seconds, budget.seconds),
        }
        for word, (used, most) in spent.items():
            if most is not None and used >= most:
                return "budget", f"{most:g} {word}"
        if self._unchanged >= STALLED_AFTER:
            return "stalled", f"the loss is the same since {self._unchanged} steps"
        return "", ""

    def _count_unchanged(self, loss: np.ndarray) -> None:
        losses = np.append(self._last_loss, loss)
        changes = np.flatnonzero(losses[1:] != losses[:-1])
        if len(changes):
            self._unchanged = len(loss) - 1 - int(changes[-1])
        else:
            self._unchanged += len(loss)
        self._last_loss = losses[-1]

    def _see(self, carry: Carry) -> None:
        step, params = int(carry.step), carry.params
        if self._scores_answer and step:
            params = self._optimizer.answer(carry.state, params)
        self.outcome.trace.see(step, self._observer(self._start.problem, params))
        self._seen_at = self.outcome.seconds

    def _look_closely(self) -> None:
        """See a short trial at steps evenly spread over their logarithm."""
        out = self.outcome
        if out.seconds < LOOK_CLOSELY_BELOW:
            carry = self._start.ready.program.start(
                self._start.params, self._start.seed
            )
            for step in self._worth_seeing(out.trace.steps()[:-1]):
                carry = self._walk(carry, step)
                self._see(carry)
        if self._only_seen:
            self._end_where_seen()

    def _worth_seeing(self, steps: list[int]) -> list[int]:
        """Choose among recorded steps; more where nothing else makes a row."""
        chosen = _spread(steps)
        if self._only_seen and self._every_step:
            chosen = sorted({*chosen, *steps[1 :: len(steps) // MOST_SEEN + 1]})
        return chosen

    def _walk(self, carry: Carry, step: int) -> Carry:
        while (steps := step - int(carry.step)) > 0:
            program, *args, bounds = self._call(carry, steps)
            unlimited = bounds._replace(
                readings=np.full(6, UNLIMITED, np.int32),
                target=np.asarray(NO_TARGET, program.dtype),
            )
            carry = program(*args, unlimited).carry
        return carry

    def _end_where_seen(self) -> None:
        out = self.outcome
        step = out.trace.first_seen_below(self._start.target)
        if step is not None:
            row = out.trace.cut(step)
            out.steps, out.seconds = step, row["seconds"]
            out.readings = np.array([row[kind] for kind in READINGS], np.int64)
            out.end, out.reason = "target", _seen(step)


def _seen(step: int) -> str:
    return f"seen to be reached after {step} steps"


def _spread(steps: list[int]) -> list[int]:
    """Return about `SEEN_A_DECADE` of the recorded steps a decade."""
    kept, last = [], 0.0
    for step in steps:
        if step and step >= last * 10 ** (1 / SEEN_A_DECADE):
            kept.append(step)
            last = step
    return kept
