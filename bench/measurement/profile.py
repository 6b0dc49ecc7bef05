"""The seconds of a step by part: forward, backward, update, overhead."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
import pandas as pd

import optimizers
import problems

from ..core.errors import BenchError
from ..core.readings import named
from .budget import NO_LIMITS, NO_TARGET
from .call_times import Fixed, Repeated, called, looped, medians
from .clock import ROWS, limits, timed
from .memory import Memory
from .oracle import Oracle
from .program import Program

Repeat = Callable[[int], float]
"""Repeats something a number of times and returns the total seconds."""
PARTS = ("forward", "backward", "update", "overhead")
BATCH_SECONDS = 0.002
ROUNDS = 51
LONGEST = 3.0
"""Seconds of a compiled step above which no eager step is timed."""


def profile(
    problem: problems.Problem,
    optimizer: optax.GradientTransformationExtraArgs,
    eager: bool = True,
) -> pd.DataFrame:
    """Split the seconds of a step into parts, compiled and eager.

    The step is a trial's second, from the start point of seed 0, repeated from the same
    state. Seconds are medians of batches that alternate between the parts.

    - forward: f(x).
    - backward: value and gradient, minus forward.
    - update: `update`, with its own calls of the objective, and `apply_updates`.
    - overhead: the step minus these three. Compiled, it is the meter, the log and the
      stopping rule; eager, the loop's own Python. Noise, and work that XLA shares
      between parts, can make it negative.

    If a line search passes on the next value and gradient, or the optimizer takes none,
    forward and backward are 0: both are part of the update.

    Args:
        problem: As for `measure`.
        optimizer: As `optimizers.make` returns it, or any optimizer of optax.
        eager: Time the eager loop too, unless a compiled step takes over 3 s.

    Returns:
        A row for each part and one for the `step`; columns `seconds` and `share` of
        the step, compiled, then `eager_seconds` and `eager_share`. `attrs["calls"]`
        holds the number of calls of each kind that the update itself makes.

    Raises:
        NoStep: The first step fails or diverges.
        NotApplicable: The optimizer does not fit the problem.
    """
    if not hasattr(optimizer, "answer"):
        optimizer = optax.with_extra_args_support(optimizer)
    step = Step(problems.adapted(problem), optimizer)
    seconds = {"seconds": _seconds(step.compiled()), "eager_seconds": {}}
    if eager and seconds["seconds"]["step"] <= LONGEST:
        with jax.disable_jit(), problems.in_one_block():
            seconds["eager_seconds"] = _seconds(step.eager())
    index = pd.Index([*PARTS, "step"], name="part")
    table = pd.DataFrame(seconds, index, dtype=float)
    shares = table / table.loc["step"]
    table.insert(1, "share", shares.seconds)
    table = table.assign(eager_share=shares.eager_seconds)
    table.attrs["calls"] = step.calls()
    return table


def _seconds(runs: dict[str, Repeat]) -> dict[str, float]:
    """Time the parts of a step alternately, and subtract them from each other."""
    timers = {name: Repeated(run, BATCH_SECONDS) for name, run in runs.items()}
    took = medians(timers, ROUNDS)
    forward, gradient = took.get("forward", 0.0), took.get("gradient", 0.0)
    took |= {"forward": forward, "backward": gradient - forward}
    return took | {"overhead": took["step"] - gradient - took["update"]}


class NoStep(BenchError):
    """The first step fails or diverges."""


class StepPoint(NamedTuple):
    """The state of a trial after its first step, with value and gradient."""

    params: Any
    state: Any
    value: jax.Array
    gradient: Any


class Step:
    """The second step of a trial from the start point of seed 0, and its parts.

    The parts are forward, gradient and update; only update if a line search passes on
    the next value and gradient.

    Args:
        problem: The problem, its data on the device.
        optimizer: The optimizer, which accepts any keyword.

    Raises:
        NoStep: The first step fails or diverges.
        NotApplicable: The optimizer does not fit the problem.
    """

    def __init__(self, problem: Any, optimizer: Any):
        start = problems.start(problem, jax.random.key(0))
        factory: Any = _StandingFactory(optimizer, Oracle().on(problem))
        self._problem = problem
        self._program = Program(factory, (0.0,), problem, start)
        self._program.compile()
        first = self._take(self._program.start(start), 1, moves=1.0)[1]
        if first.failed:
            why = optimizers.failure_reason(first.carry.state)
            raise NoStep(why or "the first step failed")
        self._after = first.carry
        # the parts of a problem that carries a state are timed at that of this step
        ordinary, params = problems.at_point(problem, first.carry.params)
        self._fixed, state = Fixed.of(ordinary), first.carry.state
        pair = jax.value_and_grad(self._fixed.objective())(params)
        self._point = StepPoint(params, state, *pair)
        if not jnp.isfinite(pair[0]):
            raise NoStep(f"the loss is {pair[0]} after the first step")
        self._parts = {"update": partial(_update, optimizer)}
        known = first.carry.known and first.carry.known.at(params)
        if not (known or isinstance(optimizer, optimizers.WithLoss)):
            self._parts |= {"forward": _forward, "gradient": _gradient}

    def compiled(self) -> dict[str, Repeat]:
        """Return loops of the parts, and chunks of `step`, timed and metered."""
        given = self._fixed, self._point
        calls = {name: _still(part) for name, part in self._parts.items()}
        runs = {name: looped(call, *given) for name, call in calls.items()}
        return runs | {"step": self._chunk}

    def calls(self) -> dict[str, int]:
        """Return the number of calls of each kind that the update itself makes."""
        readings = self._take(self._after, 1, moves=0.0)[1].readings()[-1]
        made = named(readings)
        made["gradient"] -= "gradient" in self._parts  # the one that is passed to it
        return made

    def eager(self) -> dict[str, Repeat]:
        """Return the parts and `step` as loops of plain calls, after a warm-up.

        Call it and what it returns under `jax.disable_jit()`.
        """
        given = self._fixed, self._point
        calls = {name: partial(part, *given) for name, part in self._parts.items()}
        runs = {name: called(call) for name, call in calls.items()}
        return runs | {"step": called(self._step)}

    def _chunk(self, times: int) -> float:
        chunks = (min(ROWS, times - done) for done in range(0, times, ROWS))
        share = self._program.share  # masked steps are none of the trial's
        return sum(share(n) * self._take(self._after, n, moves=0.0)[0] for n in chunks)

    def _take(self, carry: Any, steps: int, moves: float) -> tuple[float, Any]:
        few = limits(steps, NO_TARGET, NO_LIMITS, self._program.dtype)
        return timed(self._program, self._problem, (moves,), carry, few)

    def _step(self) -> tuple[float, StepPoint]:
        point = self._point
        if "gradient" in self._parts:
            point = self._parts["gradient"](self._fixed, point)
        return float(point.value), self._parts["update"](self._fixed, point)


class _StandingFactory(NamedTuple):
    """Makes an optimizer that computes a step, taken only if a number is not 0."""

    optimizer: Any
    oracle: Oracle = Oracle()

    def make(self, numbers: tuple) -> Any:
        def update(updates, state, params=None, **known):
            memory: Memory | None = getattr(known["value_fn"], "memory", None)
            before = memory.read() if memory else None
            updates, after = self.optimizer.update(updates, state, params, **known)
            if memory:
                memory.write(_if(numbers[0], memory.read(), before))
            nowhere = jax.tree.map(jnp.zeros_like, updates)
            return _if(numbers[0], (updates, after), (nowhere, state))

        if isinstance(own := self.optimizer, optimizers.WithLoss):
            return optimizers.WithLoss(own.init, update, own.loss)
        return optax.GradientTransformationExtraArgs(self.optimizer.init, update)


def _forward(fixed: Fixed, point: StepPoint) -> StepPoint:
    return point._replace(value=fixed.objective()(point.params))


def _gradient(fixed: Fixed, point: StepPoint) -> StepPoint:
    pair = jax.value_and_grad(fixed.objective())(point.params)
    return StepPoint(point.params, point.state, *pair)


def _update(optimizer: Any, fixed: Fixed, point: StepPoint) -> StepPoint:
    params, state, value, gradient = point
    known = {"value": value, "grad": gradient, "value_fn": fixed.objective()}
    updates, state = optimizer.update(gradient, state, params, **known)
    return StepPoint(optax.apply_updates(params, updates), state, value, gradient)


def _still(part: Callable[[Any, StepPoint], StepPoint]) -> Callable:
    """Make a call for `looped` from a part: it computes the part and stays in place."""
    return lambda fixed, point, zero: _if(zero, part(fixed, point), point)


def _if(moves: Any, moved: Any, stayed: Any) -> Any:
    """Return `moved` if the number is not 0, otherwise `stayed`, in its types."""

    def leaf(new, old):
        return jnp.where(moves != 0, new, old).astype(old.dtype)

    return jax.tree.map(leaf, moved, stayed)
