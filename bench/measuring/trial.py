"""Run one trial: warm up, time its chunks, end with a word and a reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..planning.spec import Budget
from .build import only_seen
from .chunk import Carry, Chunk, limits
from .clock import Ledger, timed
from .meter import READINGS
from .observe import Observer
from .pace import CHUNK, Pace
from .programs import Ready
from .spending import UNLIMITED, Spending
from .targets import NO_TARGET, Crossings, last
from .trace import Trace

SEE_AGAIN = 1.1
"""The clock grows by this factor between two evaluations for people."""
LOOK_CLOSELY_BELOW = 0.5
"""Trials of fewer seconds are run once more, off the clock, to see them closely."""
SEEN_A_DECADE = 8
MOST_SEEN = 1000
"""Steps evenly spread that are seen where every step is asked for."""


@dataclass(frozen=True)
class Start:
    """What a trial starts from.

    Attributes:
        problem: The problem, data and all.
        params: The start point.
        ready: The compiled program and its numbers.
        targets: The losses to reach, the greatest first; it ends at the last.
        seed: Of what its steps draw by chance.
    """

    problem: Any
    params: Any
    ready: Ready
    targets: Sequence[float] = ()
    seed: int = 0

    @property
    def target(self) -> float:
        """Return the loss that ends the trial; -inf for none."""
        return last(self.targets)


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
    crossed: list[dict[str, Any]] = field(default_factory=list)
    answer: Any = None


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
        self._start, self._spending = start, Spending(budget)
        self._observer, self._ledger = observer, ledger
        self._optimizer: Any = start.ready.build.make(start.ready.numbers)
        self._scores_answer = hasattr(self._optimizer, "answer")
        self._only_seen = only_seen(start.ready.build, self._optimizer)
        self._carry: Carry = start.ready.program.start(start.params, start.seed)
        self._every_step = every_step
        self._pace = Pace()
        self._seen_at = 0.0
        self._crossings = Crossings(start.targets)
        self._answered = UNLIMITED
        self.outcome = Outcome(Trace(every_step, self._only_seen), start.params)

    def run(self, report: Callable[[Outcome], None] = lambda outcome: None) -> Outcome:
        """Run to the end; `report` is called off the clock after each chunk."""
        with self._ledger.enter("off_clock"):
            self._warm_up()
            self._see(self._carry)
        while not self.outcome.end:
            with self._ledger.enter("off_clock"):
                call = self._call(self._carry, self._steps())
            seconds, chunk = self._ledger.time(*call)
            with self._ledger.enter("off_clock"):
                self._take_in(chunk, seconds)
                report(self.outcome)
        with self._ledger.enter("off_clock"):
            self._look_closely()
            self._cross_where_seen()
        return self.outcome

    def _steps(self) -> int:
        """Return the steps of the next chunk."""
        out = self.outcome
        left = self._spending.seconds_left(out.seconds)
        most = self._spending.steps_left(out.steps)
        return min(self._pace.steps(out.seconds, left), most)

    def _call(self, carry: Carry, steps: int) -> tuple:
        left = self._spending.left(self.outcome.readings)
        target = NO_TARGET if self._only_seen else self._start.target
        ready = self._start.ready
        bounds = limits(steps, target, left, ready.program.dtype)
        return ready.program, self._start.problem, ready.numbers, carry, bounds

    def _warm_up(self) -> None:
        """Run the first steps until the pace is known, and forget them."""
        while steps := self._pace.rehearsal():
            seconds, chunk = timed(*self._call(self._carry, steps))
            self._pace.rehearsed(seconds, int(chunk.rows))

    def _take_in(self, chunk: Chunk, seconds: float) -> None:
        """Record a chunk; where it ended the trial, the step it took last is undone."""
        out = self.outcome
        before, ended = self._carry, bool(chunk.ended)
        dtype = self._start.ready.program.dtype
        loss, readings = chunk.taken(out.readings, dtype)
        rows = len(readings) - 1
        self._pace.timed(seconds, len(loss))
        self._spending.look(loss)
        if ended:
            out.end, out.reason = chunk.why(out.steps + rows, loss[-1])
        else:
            self._carry = chunk.carry
            spent = (out.steps + rows, out.seconds + seconds, readings[-1])
            out.end, out.reason = self._spending.end(*spent)
        if ended or (out.end and seconds < CHUNK):
            seconds = self._ended(before, rows)
        self._cross(before, loss, readings, seconds, rows)
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

    def _cross(self, before: Carry, loss, readings, seconds: float, rows: int) -> None:
        """Take note of the targets that this chunk reached, and of their seconds."""

        def clock(row: int) -> tuple[float, bool]:
            began = self.outcome.seconds
            if row in (0, rows):
                return began + (seconds if row else 0.0), True
            if seconds > LOOK_CLOSELY_BELOW:  # too long to be run once more
                return began + seconds * row / rows, False
            alone = float(np.median(self._replayed(before, row)[0]))
            return began + min(alone, seconds), True

        if not self._only_seen:
            self._crossings.look(self.outcome.steps, loss, readings, clock)

    def _cross_where_seen(self) -> None:
        out = self.outcome
        if self._only_seen:
            self._crossings.see(out.trace.rows(None, 0))
        else:
            out.answer = out.params
        out.crossed = self._crossings.found

    def _ended(self, before: Carry, rows: int) -> float:
        """Run the last chunk again, to stop where it should and to time it well.

        Returns:
            Its median seconds.
        """
        if rows == 0:
            return 0.0
        self.outcome.replays, chunk = self._replayed(before, rows)
        self._carry = chunk.carry
        return float(np.median(self.outcome.replays))

    def _replayed(self, before: Carry, rows: int) -> tuple[list[float], Chunk]:
        """Run a chunk's first rows again until they add up; return each's seconds."""
        call, replays = self._call(before, rows), []
        while True:
            seconds, chunk = timed(*call)
            replays.append(seconds)
            if sum(replays) >= CHUNK:
                return replays, chunk

    def _see(self, carry: Carry) -> None:
        step, params = int(carry.step), carry.params
        if self._scores_answer and step:
            params = self._optimizer.answer(carry.state, params)
        seen = self._observer(self._start.problem, params)
        self.outcome.trace.see(step, seen)
        self._seen_at = self.outcome.seconds
        below = self._only_seen and seen["loss"] <= self._start.target
        if below and step < self._answered:
            self._answered, self.outcome.answer = step, params

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
