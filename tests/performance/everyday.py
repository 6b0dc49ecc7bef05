"""The harness beside what people write and use: a Python loop, scikit-learn."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import jax
import numpy as np
import optax
from sklearn.linear_model import LinearRegression

import optimizers
import problems
from bench.core.spec import Budget, Named, Spec
from bench.measurement.budget import NO_LIMITS
from bench.measurement.clock import Ledger, limits, timed
from bench.measurement.programs import Programs
from bench.measurement.runtime import Runtime, SpecTrial

from ..bench.synthetic_run import Course, Racer, write_run
from .figure import Figure
from .pairs import Ratio, ratio

STEPS = 2000


def figures() -> Iterator[Figure]:
    """Yield the figures of a working day: a loop's steps, compilations, start-up."""
    name = "harness over a Python loop that reads the loss, a step"
    yield Figure.of(name, "<= 0.1", over_python_loop())
    name = "compilations, 3 seeds x 8 learning rates"
    yield Figure.number(name, "<= 1", compilations())
    for verb, most in (("--help", 0.3), ("list", 2.0)):
        seconds = seconds_to_answer(verb)
        yield Figure.number(f"seconds until {verb} has answered", f"<= {most}", seconds)
    yield from of_files()


def of_files() -> Iterator[Figure]:
    """Yield the seconds that tables and plots of 100 trials take."""
    racers = [Racer(f"rate {i}", 0.999 - 1e-4 * i) for i in range(5)]
    with tempfile.TemporaryDirectory() as folder:
        courses = [Course(name, steps=2000) for name in ("bowl", "dish")]
        run = write_run(Path(folder), courses, racers, seeds=10)
        for verb in ("table", "plot"):
            seconds = seconds_to_answer(verb, str(run))
            name = f"seconds that {verb} takes, 100 trials of 2,000 rows"
            yield Figure.number(name, "<= 3", seconds)


def over_python_loop(pairs: int = 9) -> Ratio:
    """Return a step of the harness over one of a loop that reads the loss each step."""
    problem = problems.make("logistic_regression", dataset="breast_cancer")
    objective = problems.objective(problem)
    adam = optax.adam(1e-3)
    params = problem.init(jax.random.key(0))

    @jax.jit
    def step(params, state):
        value, gradient = jax.value_and_grad(objective)(params)
        updates, state = adam.update(gradient, state, params)
        return optax.apply_updates(params, updates), state, value

    def loop() -> float:
        at, state, losses = params, adam.init(params), []
        start = time.perf_counter()
        for _ in range(STEPS):
            at, state, value = step(at, state)
            losses.append(float(value))
        return time.perf_counter() - start

    named = Named("adam", {"learning_rate": 1e-3})
    ready = Programs().get(problem, params, named, Ledger())
    bounds = limits(STEPS, float("-inf"), NO_LIMITS, ready.program.dtype)
    carry = ready.program.start(params)

    def ours() -> float:
        return timed(ready.program, problem, ready.numbers, carry, bounds)[0]

    return ratio(ours, loop, pairs)


def compilations() -> int:
    """Return the programs compiled for 3 seeds and 8 learning rates."""
    runtime = Runtime()
    problem = Named("logistic_regression", {"dataset": "breast_cancer"})
    for seed in range(3):
        for rate in np.geomspace(1e-3, 1.0, 8):
            adam = Named("adam", {"learning_rate": float(rate)})
            spec = Spec(problem, adam, Budget(seconds=1.0, steps=10), seed=seed)
            SpecTrial(runtime, spec).run()
    return runtime.compilations


def seconds_to_answer(*words: str, times: int = 5) -> float:
    """Return the median seconds until a verb has answered, start of Python and all."""

    def once() -> float:
        start = time.perf_counter()
        command = [sys.executable, "-m", "bench", *words]
        subprocess.run(command, capture_output=True, check=True)
        return time.perf_counter() - start

    return float(np.median([once() for _ in range(times)]))


def newton_over_scikit_learn(pairs: int = 7) -> Ratio:
    """Return one Newton step over a LinearRegression fit, 1,000,000 x 11, float32."""
    problem = problems.make("linear_regression", dataset="blog")
    objective = problems.objective(problem)
    newton = optimizers.make("newton")
    params = problem.init(jax.random.key(0))

    @jax.jit
    def step(problem, params):
        objective = problems.objective(problem)
        value, gradient = jax.value_and_grad(objective)(params)
        updates, _ = newton.update(
            gradient, newton.init(params), params, value=value, value_fn=objective
        )
        return optax.apply_updates(params, updates)

    features = np.ascontiguousarray(np.asarray(problem.train.inputs).T)
    targets = np.asarray(problem.train.targets)
    fitted = LinearRegression(fit_intercept=False)

    def theirs() -> float:
        start = time.perf_counter()
        fitted.fit(features, targets)
        return time.perf_counter() - start

    measured = ratio(lambda: timed(step, problem, params)[0], theirs, pairs)
    ours = float(objective(step(problem, params)))
    least = float(np.mean((features @ fitted.coef_ - targets) ** 2))
    print(f"  losses: Newton {ours:.3g}, scikit-learn {least:.3g}")
    return measured
