"""A sweep with one program beside a loop that compiles each learning rate anew."""

import time
from collections.abc import Callable, Iterator

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.experimental.compilation_cache import compilation_cache

import problems
from bench.core.spec import Budget, Named, Spec
from bench.measurement.runtime import Runtime, context
from bench.measurement.sweep import SweepTrial, sweep
from bench.measurement.sweep_program import By

from .figure import Figure
from .pairs import Ratio, ratio

STEPS = 1000
RATES = tuple(float(rate) for rate in np.geomspace(1e-4, 1.0, 32))
DATA = Named("logistic_regression", {"dataset": "breast_cancer"})


def figures() -> Iterator[Figure]:
    """Yield the figures of a sweep of 32 learning rates, all compilations included."""
    name = "recompiling each of 32 rates over a sweep, wall"
    yield Figure.of(name, ">= 10", recompiling_over_ours())
    yield Figure.of("vmap over map, 32 rates, wall", "", vmap_over_map())


def recompiling_over_ours(pairs: int = 3) -> Ratio:
    """Return a plain loop's wall time over a sweep's, both with all they compile.

    Neither counts the making of the problem and of the start point.
    """
    return _without_cache(lambda: ratio(_recompiling, _ours(None), pairs))


def vmap_over_map(pairs: int = 3) -> Ratio:
    """Return the wall time of trials together over that of one after the other."""
    return _without_cache(lambda: ratio(_ours("vmap"), _ours("map"), pairs))


def _without_cache(measure: Callable[[], Ratio]) -> Ratio:
    """Measure with JAX's persistent cache off, so that programs are compiled."""
    on = jax.config.jax_enable_compilation_cache
    _enable_cache(False)
    try:
        return measure()
    finally:
        _enable_cache(on)


def _enable_cache(on: bool) -> None:
    jax.config.update("jax_enable_compilation_cache", on)
    compilation_cache.reset_cache()  # JAX asks once whether there is one


def _spec() -> Spec:
    return Spec(DATA, Named("adam"), Budget(steps=STEPS))


def _ours(by: By | None) -> Callable[[], float]:
    trials = [SweepTrial({"learning_rate": rate}) for rate in RATES]

    def run() -> float:
        jax.clear_caches()
        runtime = Runtime()  # keeps programs
        with context(_spec(), runtime.device):  # as there, before the clock
            runtime.problem(_spec()).init(jax.random.key(0))
        start = time.perf_counter()
        sweep(runtime, _spec(), trials, by=by)
        return time.perf_counter() - start

    return run


def _recompiling() -> float:
    """Jit the whole loop of steps for each rate, which is a constant in it."""
    jax.clear_caches()
    problem = problems.make(DATA.name, **DATA.settings)
    params = problem.init(jax.random.key(0))
    start = time.perf_counter()
    for rate in RATES:
        _loop(problem, params, rate).block_until_ready()
    return time.perf_counter() - start


def _loop(problem, params, rate: float) -> jax.Array:
    adam = optax.adam(rate)

    @jax.jit
    def train(problem, params):
        objective = problems.objective(problem)

        def step(carry, _):
            params, state = carry
            value, gradient = jax.value_and_grad(objective)(params)
            updates, state = adam.update(gradient, state, params)
            return (optax.apply_updates(params, updates), state), value

        start = (params, adam.init(params))
        (last, _), losses = jax.lax.scan(step, start, length=STEPS)
        return jnp.append(losses, objective(last))

    return train(problem, params)
