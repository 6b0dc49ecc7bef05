"""An optimizer's first step as a compiled call, and calls timed side by side."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import jax
import optax

import problems

from ...measuring.clock import timed
from ...measuring.repeated import Repeated, called, medians
from ..blas import one_blas_thread

ROUNDS = 9
MOST = 2.0
"""Seconds of a call after which it is timed no more."""


class FirstStep(NamedTuple):
    """A compiled step from the start point of seed 0.

    Attributes:
        take: Returns the params after the step.
        compiling: Seconds of tracing, lowering and compiling.
        bytes: What the step needs beside its arguments, by XLA's own analysis.
    """

    take: Callable[[], Any]
    compiling: float
    bytes: int


def first_step(problem: Any, optimizer: Any) -> FirstStep:
    """Compile the first step of an optimizer on a problem."""

    def step(problem, params):
        objective = problems.objective(problem)
        value, gradient = jax.value_and_grad(objective)(params)
        known = {"value": value, "grad": gradient, "value_fn": objective}
        state = optimizer.init(params)
        updates, _ = optimizer.update(gradient, state, params, **known)
        return optax.apply_updates(params, updates)

    start = problem.init(jax.random.key(0))
    compiling, compiled = timed(lambda: jax.jit(step).lower(problem, start).compile())
    memory = compiled.memory_analysis()
    needed = memory.temp_size_in_bytes + memory.output_size_in_bytes
    return FirstStep(partial(compiled, problem, start), compiling, needed)


def seconds(calls: Mapping[Any, Callable[[], Any]]) -> dict[Any, float]:
    """Return the median seconds of each call; their batches are timed in turn."""
    with one_blas_thread():
        timers = {name: Repeated(called(c), most=MOST) for name, c in calls.items()}
        return medians(timers, ROUNDS)
