"""Time calls over and over, in batches and in turn."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg  # noqa: F401  only a library that is loaded can be limited
from threadpoolctl import threadpool_limits

import problems

from .clock import timed
from .meter import Metered
from .oracle import Sourced, rule

BATCH_SECONDS = 0.005
ROUNDS = 7
"""Batches of each call whose median is its price."""
SLOW = 0.5
"""Seconds of a call after which it is timed once, on its first run."""


class Repeated:
    """What is done over and over, in batches so long that the host's part is noise.

    Args:
        run: Does it so many times and returns the seconds that all of them lasted.
        batch: Least seconds of a batch.
        most: Seconds of one, or of all that was timed so far, that are enough.

    Attributes:
        estimate: Seconds of one, from the search for the length of a batch.
    """

    def __init__(
        self,
        run: Callable[[int], float],
        batch: float = BATCH_SECONDS,
        most: float = SLOW,
    ):
        self._run, self._batch, self._most = run, batch, most
        self._seconds: list[float] = []
        self._times, self.estimate = self._enough()

    def _enough(self) -> tuple[int, float]:
        """Return how many make a batch that lasts long enough, and a first estimate."""
        if (first := self._run(1)) > self._most:
            self._seconds.append(first)
            return 1, first
        times = 1
        # of two, for one slow run must not end the search
        while (seconds := min(self._run(times), self._run(times))) < self._batch:
            times = max(2 * times, int(times * self._batch / max(seconds, 1e-5)))
        return times, seconds / times

    def time(self) -> None:
        """Time a batch; once is enough for what lasts for seconds."""
        if sum(self._seconds) > self._most:
            return
        while (seconds := self._run(self._times)) < self._batch / 2:
            self._times *= 2  # slow runs alone had ended the search
        self._seconds.append(seconds / self._times)

    def median(self) -> float:
        """Return the median seconds of one."""
        return float(np.median(self._seconds))

    def least(self) -> float:
        """Return the seconds of one in the fastest batch."""
        return min(self._seconds)


def looped(
    call: Callable[[Any, Any, jax.Array], Any], fixed: Any, x: Any
) -> Callable[[int], float]:
    """Compile a loop of calls, and return what times so many of them, for `Repeated`.

    Args:
        call: (fixed, x, zero) -> x, each from what the last one returned; zero is 0,
            which the compiler does not know.
        fixed: The same for all of them.
        x: For the first of them.
    """
    zero = jnp.zeros(())

    def many(fixed, x, times, zero):
        def body(_, x):
            # tied to x, or the constant Hessian of a quadratic would be hoisted
            here, x = jax.lax.optimization_barrier((fixed, x))
            return call(here, x, zero)

        return jax.lax.fori_loop(0, times, body, x)

    loop = jax.jit(many).lower(fixed, x, 1, zero).compile()
    return lambda times: timed(loop, fixed, x, times, zero)[0]


def tied(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any, jax.Array], Any]:
    """Make a call for `looped` of one that returns no x: add 0 times its results."""

    def at(fixed, x, zero):
        added = _sum(call(fixed, x)) * zero
        return jax.tree.map(lambda leaf: leaf + added.astype(leaf.dtype), x)

    return at


def called(call: Callable[[], Any]) -> Callable[[int], float]:
    """Return what times so many plain calls, for `Repeated`; the first is not timed."""
    timed(call)  # it warms up what it calls: programs, libraries, their threads
    return lambda times: sum(timed(call)[0] for _ in range(times))


def medians(timers: Mapping[Any, Repeated], rounds: int) -> dict[Any, float]:
    """Return the median seconds of one of each; their batches are timed in turn.

    Drift of the machine then affects all of them alike.
    """
    for _ in range(rounds):
        for timer in timers.values():
            timer.time()
    return {name: timer.median() for name, timer in timers.items()}


def _sum(results: Any) -> jax.Array:
    """Add up all that a call returns, so that none of it can be left out."""
    return sum((jnp.sum(leaf) for leaf in jax.tree.leaves(results)), jnp.zeros(()))


Call = Callable[[Any, Any], Any]
"""(objective, params) -> a tree of arrays, all of which is asked for."""


def one_blas_thread() -> threadpool_limits:
    """Keep NumPy's and SciPy's routines, and JAX's solves, on one thread while inside.

    Where other work has a core, two of their threads wait for each other: a
    factorisation of 8 ms then lasts for 280.
    """
    return threadpool_limits(1, "blas")


def seconds_in_turn(
    calls: Mapping[Any, Callable[[], Any]], rounds: int = 9, most: float = 2.0
) -> dict[Any, float]:
    """Return the median seconds of each call of the host, on one BLAS thread.

    Batches of the calls are timed in turn: a machine that drifts drifts for all.

    Args:
        calls: By name; what they return is waited for.
        rounds: Batches of each call.
        most: Seconds of a call after which it is timed no more.
    """
    with one_blas_thread():
        timers = {name: Repeated(called(c), most=most) for name, c in calls.items()}
        return medians(timers, rounds)


def call_seconds(
    calls: Mapping[str, Call], problem: problems.Problem
) -> dict[str, float]:
    """Return the median seconds of each compiled call, their batches timed in turn.

    Args:
        calls: (objective, params) -> a tree of arrays, by name.
        problem: Whose objective and start point of seed 0 the calls are given.
    """
    params = problem.init(jax.random.key(0))
    timers = {
        name: Repeated(looped(tied(_of_problem(call)), problem, params))
        for name, call in calls.items()
    }
    return medians(timers, ROUNDS)


def call_flops(call: Call, problem: problems.Problem) -> float:
    """Return XLA's count of a call's FLOPs; it is compiled and not run.

    The body of a loop is counted once: the call must have none but over blocks of
    examples.
    """
    params = jax.eval_shape(problem.init, jax.random.key(0))
    with problems.in_one_block():
        compiled = jax.jit(_of_problem(call)).lower(problem, params).compile()
    return float((compiled.cost_analysis() or {})["flops"])


def with_gradient_source(
    objective: Any, gradient: str, step: float | None = None
) -> Any:
    """Return an objective whose gradient comes from a source, for use outside a trial.

    Args:
        objective: As `problems.objective` returns it.
        gradient: "autodiff", "forward_difference" or "central_difference".
        step: Length of a difference; None goes by dtype and params.
    """
    by_rule = rule(gradient, None, step)
    unmetered = Metered(objective, lambda *_: None)
    return objective if by_rule is None else Sourced(unmetered, by_rule)


def _of_problem(call: Call) -> Callable[[Any, Any], Any]:
    return lambda problem, params: call(problems.objective(problem), params)
