"""The trials of a sweep as chunks of a compiled program: one of them, or all."""

from collections.abc import Callable, Sequence
from copy import copy
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ..core.readings import zeros
from . import devices
from .arrays import size_in_bytes
from .clock import ROWS, Carry, Chunk, Limits, words
from .footprint import sizes_of
from .loop import chunks
from .meter import uncountable_in_words
from .model_state import answer
from .program import Factory, Program, ReadyProgram, needs_evaluation
from .sweep_memory import CARRIES

By = Literal["vmap", "map"]
LOG_BYTES = 2**24
"""Most bytes of the logs of a chunk of trials together, which the host reads whole."""
FEWEST_ROWS = 16


Evaluate = Callable[[Any, Any], Any]
"""(problem, point) -> a number."""


def loss_at(problem: Any, point: Any) -> jax.Array:
    """Return the training loss that is evaluated off the clock, float[]."""
    ordinary, params = problems.at_point(problem, point)
    return problems.evaluated_loss(ordinary, params, problem.train)


class Member(NamedTuple):
    """A trial of a sweep.

    Attributes:
        ready: Its program and numbers.
        start: Its state before the first step.
        optimizer: Its optimizer, made with the numbers of any trial of its program.
    """

    ready: ReadyProgram
    start: Carry
    optimizer: Any

    @property
    def evaluated(self) -> bool:
        """Whether a step's loss is not that of the answer on all examples."""
        return needs_evaluation(self.ready.factory, self.optimizer)


class OneTrial:
    """One trial of a sweep, by the program that separate trials use.

    Args:
        member: The trial.
        problem: Its problem.
        evaluate: (problem, point) -> a number, off the clock.

    Attributes:
        dtype: Of the loss.
        evaluated: As of its member.
        rows: Most steps of a chunk.
        start: The state before the first step.
    """

    def __init__(self, member: Member, problem: Any, evaluate: Evaluate):
        self._ready, self.start, optimizer = member
        self._problem, self._evaluate = problem, evaluate
        self.dtype, self.rows = self._ready.program.dtype, ROWS
        self.evaluated = member.evaluated
        self._answers = hasattr(optimizer, "answer")

    def __len__(self) -> int:
        return 1

    def __call__(
        self, carry: Carry, limits: Sequence[tuple]
    ) -> tuple[Carry, list[Chunk]]:
        """Run a chunk; see `Together`."""
        program, numbers = self._ready.program, self._ready.numbers
        # NumPy's numbers: putting each on the device takes as long as a short chunk.
        within = Limits(*(each[0] for each in _limits(limits, self.dtype)))
        done = program(self._problem, numbers, carry, within)
        return done.carry, [_on_host(done)]

    def evaluated_at(self, carry: Carry) -> list[float]:
        """Return the number at the trial's answer, off the clock and uncounted."""
        params = carry.params
        if self._answers and int(carry.step):
            ready = self._ready
            params = _answers(ready.program, ready.factory)(ready.numbers, carry)
        return [self._evaluate(self._problem, params)]

    def either(self, which: Sequence[bool], this: Carry, other: Carry) -> Carry:
        """Return the one state or the other."""
        return this if which[0] else other


class Together:
    """Trials of a sweep whose steps one program takes together.

    A trial that has ended still computes steps, which are masked.

    Args:
        members: The trials, of one program.
        problem: The same for all of them.
        value: The function (problem, point) -> float[] that is evaluated.

    Attributes:
        dtype, evaluated, rows: As of `OneTrial`.
        start: The states before the first step, stacked on a leading axis.

    Raises:
        UncountableError: Some trials make a call that others do not (in a branch or a
            loop of unknown length).
    """

    def __init__(
        self, members: Sequence[Member], problem: Any, value: Callable = loss_at
    ):
        one = members[0].ready
        self._factory, self._problem, self._value = one.factory, problem, value
        self.dtype, self.evaluated = one.program.dtype, members[0].evaluated
        self._hold(members)
        self._words = words(members[0].start.params)
        rows = LOG_BYTES // (4 * self._words * len(members))
        rows = int(np.clip(rows, FEWEST_ROWS, ROWS))
        fixed = one.program.fixed  # of which the log holds whole loops
        self.rows = rows - rows % fixed
        self._chunk, self._values = self._compiled(fixed)

    def _hold(self, members: Sequence[Member]) -> None:
        columns = zip(*(member.ready.numbers for member in members), strict=True)
        self._numbers = tuple(np.asarray(x, self.dtype) for x in columns)
        self.start = _stacked([member.start for member in members])

    def of(self, members: Sequence[Member]) -> "Together":
        """Return the same program with as many other trials."""
        other = copy(self)
        other._hold(members)
        return other

    def _compiled(self, fixed: int) -> tuple[Any, Any]:
        """Return the compiled programs of a chunk, and of the evaluated numbers."""
        take, log = chunks(self._factory, fixed), (len(self), self.rows, self._words)

        def run(problem, numbers, carry: Carry, limits: Limits):
            return take(problem, numbers, carry, limits, jnp.zeros(log, jnp.int32))

        evaluate = jax.vmap(self._of, in_axes=(None, 0, 0))
        given = self._problem, self._numbers, self.start
        blank = _limits([(0, 0.0, zeros())] * len(self), self.dtype)
        with uncountable_in_words():
            how = devices.results()
            chunk = jax.jit(run, **how).lower(*given, blank).compile()
        return chunk, jax.jit(evaluate).lower(*given).compile()

    @property
    def bytes(self) -> int | None:
        """Bytes that the trials need besides the problem; None if it is not stated.

        They are those of the states, of the results of a chunk, which are the next
        states and the log, and of the temporaries.
        """
        chunk, values = sizes_of(self._chunk), sizes_of(self._values)
        if chunk is None or values is None:
            return None
        states = (CARRIES - 1) * size_in_bytes(self.start)
        return states + chunk.results + max(chunk.temporaries, values.temporaries)

    def __len__(self) -> int:
        return len(self.start.step)

    def __call__(
        self, carry: Carry, limits: Sequence[tuple]
    ) -> tuple[Carry, list[Chunk]]:
        """Run a chunk of each trial.

        Args:
            carry: The state of the trials.
            limits: Of each trial: steps, target, int[kinds] readings.

        Returns:
            The state of the trials, and the chunk of each trial, with it.
        """
        within = _limits(limits, self.dtype)
        done = self._chunk(self._problem, self._numbers, carry, within)
        parts = jax.device_get((done.rows, done.log, done.ended, done.failed))
        chunks = [Chunk(done.carry, *each) for each in zip(*parts, strict=True)]
        return done.carry, chunks

    def evaluated_at(self, carry: Carry) -> np.ndarray:
        """Return the numbers at the trials' answers, off the clock and uncounted."""
        return np.asarray(self._values(self._problem, self._numbers, carry))

    def _of(self, problem, numbers, carry: Carry):
        optimizer = self._factory.make(numbers)
        point = carry.params
        if hasattr(optimizer, "answer"):
            point = jax.lax.cond(
                carry.step > 0,
                lambda: answer(optimizer, carry),
                lambda: carry.params,
            )
        return self._value(problem, point)

    def either(self, which: Sequence[bool], these: Carry, others: Carry) -> Carry:
        """Return for each trial the one state or the other."""
        return _chosen(np.array(which), these, others)


def choice(member: Member) -> By:
    """Return how the trials of a program are run: on an accelerator together.

    Programs with calls in a branch or a loop of unknown length run one trial after
    another: together every trial would wait for the slowest and take every branch.

    Args:
        member: One of the trials.
    """
    # not popped: of several devices JAX returns the set that it keeps itself
    on_cpu = next(iter(member.start.step.devices())).platform == "cpu"
    return "map" if on_cpu or member.ready.program.branches else "vmap"


@lru_cache(maxsize=16)
def _answers(program: Program, factory: Factory) -> Callable:
    """Return the compiled answer of an optimizer whose answer is not its params.

    It is one for each program: a factory of the same name may have changed.
    """
    del program

    def answered(numbers: tuple, carry: Carry) -> Any:
        return answer(factory.make(numbers), carry)

    return jax.jit(answered)


def _limits(each: Sequence[tuple], dtype: np.dtype) -> Limits:
    """Return the limits of trials, stacked, from steps, target, and readings left."""
    steps, targets, readings = zip(*each, strict=True)
    return Limits(
        np.asarray(steps, np.int32),
        np.asarray(targets, dtype),
        np.asarray(readings, np.int32),
    )


def _on_host(chunk: Chunk) -> Chunk:
    """Return a chunk whose parts were fetched once, the rows of its log alone."""
    rows = int(chunk.rows)
    log = np.asarray(chunk.log)[:rows].copy()
    return Chunk(chunk.carry, rows, log, bool(chunk.ended), bool(chunk.failed))


def _stacked(starts: Sequence[Carry]) -> Carry:
    """Return states stacked on a leading axis; few of them are different."""
    different = {id(start): start for start in starts}
    places = {key: place for place, key in enumerate(different)}
    index = np.array([places[id(start)] for start in starts])

    def stack(*leaves):
        if jnp.issubdtype(leaves[0].dtype, jax.dtypes.prng_key):  # NumPy has none
            return jnp.stack(leaves)[index]
        return np.stack([np.asarray(leaf) for leaf in leaves])[index]

    return devices.on_each(jax.tree.map(stack, *different.values()))


@jax.jit
def _chosen(which: Any, these: Any, others: Any) -> Any:
    """Return for each trial the state of `these` where `which` holds, else `others`.

    Args:
        which: bool[trials].
        these, others: Trees whose leaves have a leading axis of trials.
    """

    def choose(this, other):
        apart = which.reshape(which.shape + (1,) * (this.ndim - 1))
        return jnp.where(apart, this, other)

    return jax.tree.map(choose, these, others)
