"""Chunks of steps, and the clock that times them and sizes them."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import optimizers
import problems

from ..core.readings import COUNT, READINGS, zeros
from ..statistics.intervals import interval
from . import devices
from .count import MOST, UncountableError

ROWS = 8192
"""Most steps of a chunk: the number of rows of its buffers."""


class Carry(NamedTuple):
    """The state of a trial that the next chunk needs."""

    step: Any  # int32[]
    params: Any  # a `problems.WithState` if the problem carries a state
    state: Any  # of the optimizer
    seed: Any = ()  # uint32[], for random batches and directions
    known: Any = ()  # `memory.Known` of an optimizer that computes gradients


class Limits(NamedTuple):
    """The limits of a chunk; all are traced, so that none causes a compilation."""

    steps: Any  # int32[], of this chunk
    target: Any  # float[], the loss to reach; -inf for none
    readings: Any  # int32[kinds], remaining calls


class Chunk(NamedTuple):
    """The result of a chunk of `rows` steps."""

    carry: Carry
    rows: Any  # int32[]
    log: Any  # int32[ROWS, w + kinds]: loss before each step, readings after it
    ended: Any  # bool[], the last step is undone: target or divergence before it
    failed: Any  # bool[], the optimizer could not take a step

    def losses(self, dtype) -> np.ndarray:
        """Return the loss before each step, `float[rows]`, exactly."""
        bits = np.asarray(self.log)[: int(self.rows), :-COUNT]
        return bits.copy().view(dtype)[:, 0]

    def readings(self) -> np.ndarray:
        """Return `int64[rows, kinds]` after each step, from the chunk's start.

        Raises:
            UncountableError: A step makes more calls than its counter holds.
        """
        readings = np.asarray(self.log)[: int(self.rows), -COUNT:]
        for kind, most in zip(READINGS, readings.max(0, initial=0), strict=True):
            if most >= MOST:
                raise UncountableError(
                    f"a step makes more than {MOST / 2:.2g} calls of kind {kind}, "
                    "which are not counted: divide it into more steps"
                )
        return readings.astype(np.int64)

    def taken(self, spent: np.ndarray, dtype) -> tuple[np.ndarray, np.ndarray]:
        """Return its losses and readings, without a last step that is undone.

        Args:
            spent: int64[kinds], readings before it.
            dtype: Of the losses.

        Returns:
            float[rows], the loss before each step, the one undone too, and
            int64[n + 1, kinds], readings before each of the n steps kept and after all.
        """
        losses = self.losses(dtype)
        kept = self.readings()[: len(losses) - bool(self.ended)]
        return losses, spent + np.vstack([zeros(), kept])

    def why(self, step: int, loss) -> tuple[str, str]:
        """Return the end of a trial whose chunk has ended it, and the reason.

        Args:
            step: Of the chunk's last row.
            loss: There.
        """
        if not np.isfinite(loss):  # the state cannot be continued from there
            return "diverged", f"the loss was {loss} after {step} steps"
        if bool(self.failed):
            why = optimizers.failure_reason(self.carry.state)
            return "failed", why or "the optimizer could not take a step"
        return "target", f"loss {loss:.6g} after {step} steps"


def limits(steps: int, target: float, readings: tuple[int, ...], dtype) -> Limits:
    """Return limits as device scalars."""
    device = jax.config.jax_default_device  # pyright: ignore[reportAttributeAccessIssue]
    where = devices.mesh() or device
    return _limits(steps, target, readings, np.dtype(dtype), where)


@lru_cache(1024)
def _limits(steps, target, readings, dtype, where) -> Limits:
    """Put limits onto a device, which takes as long as some dispatches.

    Trials of other seeds, and steps that are taken again, have the same limits.
    """
    del where  # the default one, or those that are used here
    return devices.on_each(
        Limits(
            np.asarray(steps, np.int32),
            np.asarray(target, dtype),
            np.asarray(readings, np.int32),
        )
    )


def blank_log(params) -> jax.Array:
    """Return a log to write into, `int32[ROWS, w + kinds]`."""
    return devices.on_each(np.zeros((ROWS, words(params)), np.int32))


def words(params) -> int:
    """Return w + kinds, the number of 32-bit words in a row of the log."""
    return loss_type(params).itemsize // 4 + COUNT


def loss_type(point) -> np.dtype:
    """Return the dtype of recorded losses: that of the params, at least 32 bits."""
    leaves = jax.tree.leaves(problems.params_of(point))
    return np.dtype(jnp.result_type(jnp.float32, *leaves))


CHUNK = 0.02
"""Least seconds of a chunk; the host takes 20 to 60 microseconds of it."""
SHARE = 0.05
"""Seconds of a chunk in a long trial, as a share of the clock so far."""
LONGER = 1.5
"""Factor by which a chunk may be longer, to end at a look and not shortly before."""
DISPATCHES = (3, 10)
"""Fewest and most chunks without steps by which the dispatch is measured at first.

More than the fewest are made until a chunk's seconds are spent. The least of ten is
within a microsecond of the least of any number, and it is subtracted from 20 ms.
"""
REPLAYS = 5
"""Fewest repetitions of a chunk: the median of fewer has no interval of 94 %.

A chunk that is longer than a fifth of `CHUNK` is repeated for `CHUNK` seconds only.
"""
REPLAYING = 0.003
"""Seconds after which a chunk is not repeated more often than that.

Of trials that were repeated 40 times, the seconds had the same median and the same
spread within its own error with 0.003 as with 0.02, but for work of 2 microseconds.
"""
SETTLED = 0.05
"""Half width of the interval of a chunk's work, as a share of it, that is enough.

Its standard error is then some 2 %. Trials that are repeated differ by more, so that a
narrower one would say nothing new. Work much shorter than its dispatch does not get
there, and is repeated for `REPLAYING` seconds.
"""
ENOUGH = 0.001
"""Seconds of a warm-up chunk after which a step's are known to some 5 %."""
BRIEF = 20
"""Dispatches of which a chunk is brief: then they are measured again beside it."""
LEAST_WORK = 0.01
"""Least share of a chunk's seconds that is work; the rest can be dispatch."""


def timed(call: Callable, *args: Any) -> tuple[float, Any]:
    """Return the seconds from dispatch to finished results, and the results."""
    collecting = gc.isenabled()
    gc.disable()  # garbage of what came before is not collected on the clock
    try:
        start = time.perf_counter()
        results = jax.block_until_ready(call(*args))
        return time.perf_counter() - start, results
    finally:
        if collecting:
            gc.enable()


class Dispatch:
    """The seconds of a chunk that are no work of its steps.

    They are those of a chunk without steps: the host's part, and copying the state.

    Attributes:
        seconds: Of a chunk; 0 before they are measured.
    """

    def __init__(self):
        self.seconds = 0.0

    def measure(self, call: Callable, *args: Any) -> None:
        """Time a call that takes no step, several times.

        The least is taken, so that what is subtracted from a single chunk is no work.
        """
        fewest, most = DISPATCHES
        each: list[float] = []
        while len(each) < fewest or (len(each) < most and sum(each) < CHUNK):
            each.append(timed(call, *args)[0])
        self.seconds = min(each)

    def less(self, seconds: float) -> float:
        """Return the seconds of a chunk's work."""
        return _less(seconds, self.seconds)

    def once(self, call: tuple) -> "Replay":
        """Run a chunk once, for its result: its seconds are not known well."""
        seconds, chunk = timed(*call)
        return Replay([seconds], self.less(seconds), chunk)

    def replay(self, call: tuple, idle: Callable[[Any], tuple]) -> "Replay":
        """Repeat a chunk for long enough, and in turn with it one without steps.

        That is until its work is known well enough, or `REPLAYING` seconds are spent.

        Args:
            call: The compiled program and its arguments.
            idle: The same for a chunk without steps, from a chunk's result.
        """
        seconds, chunk = timed(*call)
        each, beside = [seconds], []
        without = idle(chunk) if seconds < BRIEF * self.seconds else None
        look = REPLAYS  # seldom, as work of ours before a call alone makes it colder
        while sum(each) < (CHUNK if len(each) < REPLAYS else REPLAYING):
            if len(each) >= look:
                if _enough(each, beside, self.seconds):
                    break
                look = ceil(1.25 * look)
            seconds, chunk = timed(*call)
            each.append(seconds)
            if without is not None:
                beside.append(timed(*without)[0])
        idle_seconds = float(np.median(beside)) if beside else self.seconds
        work = _less(float(np.median(each)), idle_seconds)
        # other work may have lengthened these; what other chunks lose is the least
        self.seconds = min(self.seconds or idle_seconds, idle_seconds)
        return Replay(each, work, chunk)


def _less(seconds: float, idle: float) -> float:
    """Return the seconds of a chunk's work, of which a least share is always left."""
    return max(seconds - idle, LEAST_WORK * seconds)


def _enough(each: list[float], beside: list[float], dispatch: float) -> bool:
    """Return whether the work of a chunk is known well enough from its repetitions.

    Args:
        each: Seconds of the repetitions.
        beside: Seconds of chunks without steps in turn with them, if there are any.
        dispatch: Seconds to subtract if there are none.
    """
    work, idle = interval(each), interval(beside or [dispatch])
    half_widths = (work.high - work.low + idle.high - idle.low) / 2
    return half_widths <= SETTLED * (work.median - idle.median)


class Replay(NamedTuple):
    """The seconds of each repetition of a chunk, their work, and the last result."""

    seconds: list[float]
    work: float
    chunk: Chunk


@dataclass
class Ledger:
    """The parts of a trial's wall time, in seconds, each measured separately.

    Attributes:
        on_clock: Steps of the trial proper.
        compiling: Tracing, lowering and compiling.
        off_clock: Everything else: warm-up, replays, evaluation.
        on_clock_cpu: The CPU seconds of this process while it was on the clock.
    """

    on_clock: float = 0.0
    compiling: float = 0.0
    off_clock: float = 0.0
    on_clock_cpu: float = 0.0

    @contextmanager
    def enter(self, entry: str) -> Iterator[None]:
        """Add the time of the block to `entry`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - start
            setattr(self, entry, getattr(self, entry) + seconds)

    def time(self, call: Callable, *args: Any) -> tuple[float, Any]:
        """Time a call as `timed` does, on the clock."""
        cpu = time.process_time()
        seconds, results = timed(call, *args)
        self.on_clock_cpu += time.process_time() - cpu
        self.on_clock += seconds
        return seconds, results


class Pace:
    """The seconds of a step, estimated in the warm-up and from each chunk."""

    def __init__(self):
        self._seconds_a_step: float | None = None
        self._rehearsals = 0
        self._lasted = 0.0
        self._whole = True

    def rehearsal(self) -> int | None:
        """Return the steps of the next warm-up chunk; None if the estimate is good.

        It is if a chunk lasted so long that its dispatch is a small part of it. The
        first chunk is colder than those that follow. A chunk that the target ended is
        as long as any other would be.
        """
        enough = self._rehearsals > 1 and self._lasted > ENOUGH
        slow = self._rehearsals == 1 and self._lasted > 1
        short = self._rehearsals > 1 and not self._whole
        if enough or slow or short or self._rehearsals > 5:
            return None
        return 8**self._rehearsals if self._rehearsals > 1 else 1

    def rehearsed(self, seconds: float, steps: int, whole: bool) -> None:
        """Update the estimate from a warm-up chunk.

        Args:
            seconds: Of the chunk.
            steps: That it took.
            whole: Whether those were all that it was to take.
        """
        self._rehearsals += 1
        self._lasted, self._whole = seconds, whole
        self.timed(seconds, steps)

    def timed(self, seconds: float, steps: int) -> None:
        """Update the estimate from a chunk."""
        if steps:
            self._seconds_a_step = seconds / steps

    def steps(self, elapsed: float, left: float) -> tuple[int, int]:
        """Return the steps of the next chunk, and the most if it had better be longer.

        Args:
            elapsed: Seconds on the clock.
            left: Remaining seconds of the budget.
        """
        seconds = max(CHUNK, SHARE * elapsed)
        if not self._seconds_a_step:
            return 1, 1
        usual, most = (
            max(1, min(ROWS, ceil(min(each, left) / self._seconds_a_step)))
            for each in (seconds, LONGER * seconds)
        )
        return usual, most
