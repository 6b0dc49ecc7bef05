"""The trials of a sweep as chunks of one compiled program."""

from collections.abc import Callable, Sequence
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ..core.readings import zeros
from .clock import ROWS, Carry, Chunk, Limits, words
from .meter import uncountable_in_words
from .program import Program, TracedFactory, chunk, needs_evaluation

By = Literal["vmap", "map"]
MANY, SMALL = 100, 2**17
"""Least trials, and most numbers of data and params, for which a CPU uses vmap."""
MOST_TOGETHER = 2**28
"""Most numbers in all trials for which an accelerator uses vmap."""
LOG_BYTES: dict[By, int] = {"vmap": 2**17, "map": 2**26}
"""Most bytes of the logs of a chunk; vmap copies all of them at every step."""
FEWEST_ROWS = 16


class SweepProgram:
    """A program that takes a chunk of steps in each trial of a sweep.

    Under vmap all trials take their steps together. A trial that has ended still
    computes steps, whose results and readings are discarded. Under map one trial runs
    after the other. If some trials make a call that others do not (in a branch or a
    loop of unknown length), the program is mapped.

    Args:
        factory: Makes the optimizer.
        numbers: float[trials] each: the traced settings.
        problem: The same for all trials.
        starts: The start points, stacked on a leading axis.
        seeds: uint32[trials].
        by: How the trials are run; None uses `choice`.

    Attributes:
        by: How they are run.
        evaluated: Whether a step's loss is not that of the answer on all examples.
        rows: Most steps of a chunk.
        start: The carries before the first step.

    Raises:
        NotApplicable: The optimizer does not fit the problem or the loop.
        UncountableError: A call of the objective could not be counted.
    """

    def __init__(
        self,
        factory: TracedFactory,
        numbers: tuple,
        problem: Any,
        starts: Any,
        seeds: np.ndarray,
        by: By | None = None,
    ):
        # On the host: each eager operation on the device is a compilation.
        first = jax.tree.map(lambda leaf: _host(leaf)[0], (numbers, starts))
        setting, params = first
        one = Program(factory, setting, problem, params)
        self.dtype = one.dtype
        self.by: By = by or choice(one, problem, starts, len(seeds))
        row = 4 * words(params) * len(seeds)
        self.rows = int(np.clip(LOG_BYTES[self.by] // row, FEWEST_ROWS, ROWS))
        self.start = _start(one.start(params), starts, seeds)
        made = factory.make(jax.tree.map(float, setting))
        self.evaluated = needs_evaluation(factory, made)
        self._factory, self._problem, self._numbers = factory, problem, numbers
        self._chunk = self._compiled()
        self._compiled_losses = jax.jit(self._losses)
        self._known: tuple[Any, Any] = (None, None)

    def _compiled(self) -> Callable:
        take = chunk(self._factory)

        def one_trial(problem, numbers, carry: Carry, limits: Limits):
            log = jnp.zeros((self.rows, words(carry.params)), jnp.int32)
            done = take(problem, numbers, carry, limits, log)
            return done, self._loss(problem, numbers, done.carry)

        run = jax.jit(_over_trials(one_trial, self.by))
        blank = self._limits([(0, 0.0, zeros())] * len(self))
        with uncountable_in_words():
            traced = run.trace(self._problem, self._numbers, self.start, blank)
            return traced.lower().compile()

    def __len__(self) -> int:
        return len(self.start.step)

    def _limits(self, each: Sequence[tuple]) -> Limits:
        steps, targets, readings = zip(*each, strict=True)
        return Limits(
            np.asarray(steps, np.int32),
            np.asarray(targets, self.dtype),
            np.asarray(readings, np.int32),
        )

    def __call__(self, carry: Carry, limits: Sequence[tuple]) -> Chunk:
        """Run a chunk of each trial; each leaf of the result has a leading axis.

        Args:
            carry: The state of the trials.
            limits: Of each trial: steps, target, int[kinds] readings.
        """
        within = self._limits(limits)
        done, losses = self._chunk(self._problem, self._numbers, carry, within)
        self._known = done.carry, losses
        return done

    def apart(self, chunk: Chunk) -> list[Chunk]:
        """Return each trial's own chunk, with the carry of all trials."""
        parts = jax.device_get((chunk.rows, chunk.log, chunk.ended, chunk.failed))
        return [Chunk(chunk.carry, *each) for each in zip(*parts, strict=True)]

    def losses(self, carry: Carry) -> np.ndarray:
        """Return the losses at the trials' answers, over all examples, uncounted."""
        at, losses = self._known
        if at is not carry:
            losses = self._compiled_losses(self._problem, self._numbers, carry)
        return np.asarray(losses)

    def _losses(self, problem, numbers, carry: Carry):
        return jax.lax.map(lambda trial: self._loss(problem, *trial), (numbers, carry))

    def _loss(self, problem, numbers, carry: Carry):
        optimizer = self._factory.make(numbers)
        params = carry.params
        if hasattr(optimizer, "answer"):
            params = jax.lax.cond(
                carry.step > 0,
                lambda: optimizer.answer(carry.state, params),
                lambda: params,
            )
        return problems.objective(problem)(params)


def choice(program: Program, problem: Any, starts: Any, trials: int) -> By:
    """Return how trials are run: under vmap if that is probably faster.

    Programs with calls in a branch or a loop of unknown length are mapped: under vmap
    every trial would wait for the slowest and take every branch. On a CPU one trial
    after the other is faster unless there are many small ones (2 cores, adam: time
    under vmap over that under map 0.4 to 0.8 for 128 trials of up to 84,000 numbers,
    0.6 to 31 for fewer trials, 1.3 to 2.8 for 128 larger ones). An accelerator runs
    trials together if they fit.

    Args:
        program: Of one trial.
        problem: Its data.
        starts: The start points, stacked.
        trials: How many.
    """
    one = jax.tree.map(lambda leaf: leaf[0], starts)
    size = sum(leaf.size for leaf in jax.tree.leaves((problem.train, one)))
    if program.branches:
        return "map"
    if jax.tree.leaves(starts)[0].devices().pop().platform == "cpu":
        return "vmap" if trials >= MANY and size <= SMALL else "map"
    return "vmap" if trials * size <= MOST_TOGETHER else "map"


def _over_trials(trial: Callable, by: By) -> Callable:
    """Return a function of the problem and of stacked trials."""

    def mapped(problem, *stacked):
        return jax.lax.map(lambda each: trial(problem, *each), stacked)

    return jax.vmap(trial, in_axes=(None, 0, 0, 0)) if by == "vmap" else mapped


def _start(one: Carry, starts: Any, seeds: np.ndarray) -> Carry:
    """Return carries at the start, each leaf with a leading axis."""
    trials = len(seeds)
    blank = jax.tree.map(lambda leaf: _repeated(_host(leaf), trials), one.state)
    drawn = () if isinstance(one.seed, tuple) else np.asarray(seeds, np.uint32)
    known = jax.tree.map(lambda leaf: _repeated(_host(leaf), trials), one.known)
    return Carry(np.zeros(trials, np.int32), starts, blank, drawn, known)


def _host(leaf: Any) -> Any:
    """Return an array on the host; random keys, which NumPy lacks, stay in place."""
    is_key = jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key)
    return leaf if is_key else np.asarray(leaf)


def _repeated(leaf: Any, times: int) -> Any:
    here = np if isinstance(leaf, np.ndarray) else jnp
    return here.broadcast_to(leaf, (times, *leaf.shape))


def stacked(starts: Sequence[Any], index: np.ndarray) -> Any:
    """Return `starts[index[i]]` for each trial, stacked on a leading axis."""

    def stack(*leaves):
        return jax.device_put(np.stack([np.asarray(leaf) for leaf in leaves])[index])

    return jax.tree.map(stack, *starts)


@jax.jit
def chosen(which: Any, these: Any, others: Any) -> Any:
    """Return for each trial the state of `these` where `which` holds, else `others`.

    Args:
        which: bool[trials].
        these, others: Trees whose leaves have a leading axis of trials.
    """

    def choose(this, other):
        apart = which.reshape(which.shape + (1,) * (this.ndim - 1))
        return jnp.where(apart, this, other)

    return jax.tree.map(choose, these, others)
