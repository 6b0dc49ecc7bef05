"""Time repeated calls, in batches and alternately."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import scipy.linalg  # noqa: F401  only a library that is loaded can be limited
from threadpoolctl import threadpool_limits

import problems

from . import devices
from .clock import timed
from .executables import Kept
from .meter import Metered
from .oracle import Sourced, rule

BATCH_SECONDS = 0.002
ROUNDS = 7
"""Batches of each call; their median is its price."""
SLOW = 0.5
"""Seconds above which a call is timed once, in its first run."""


class Repeated:
    """Something to repeat, in batches so long that the host's share is negligible.

    Args:
        run: Repeats it a number of times and returns the total seconds.
        batch: Least seconds of a batch.
        most: Seconds of one repetition, or of all so far, after which timing ends.

    Attributes:
        estimate: Seconds of one repetition, from the search for the batch length.
        batches: Seconds of one repetition, in each batch so far.
    """

    def __init__(
        self,
        run: Callable[[int], float],
        batch: float = BATCH_SECONDS,
        most: float = SLOW,
    ):
        self._run, self._batch, self._most = run, batch, most
        self.batches: list[float] = []
        self._times, self.estimate = self._enough()

    def _enough(self) -> tuple[int, float]:
        """Return the number of repetitions of a batch, and a first estimate."""
        if (first := self._run(1)) > self._most:
            self.batches.append(first)
            return 1, first
        times = 1
        # of two, because one slow run must not end the search
        while (seconds := min(self._run(times), self._run(times))) < self._batch:
            times = max(2 * times, int(times * self._batch / max(seconds, 1e-5)))
        return times, seconds / times

    def time(self) -> None:
        """Time a batch; a slow call is timed only once."""
        if sum(self.batches) > self._most:
            return
        while (seconds := self._run(self._times)) < self._batch / 2:
            self._times *= 2  # only slow runs had ended the search
        self.batches.append(seconds / self._times)

    def median(self) -> float:
        """Return the median seconds of one repetition."""
        return float(np.median(self.batches))

    def least(self) -> float:
        """Return the seconds of one repetition in the fastest batch."""
        return min(self.batches)


def looped(
    call: Callable[[Any, Any, jax.Array], Any], fixed: Any, x: Any
) -> Callable[[int], float]:
    """Compile a loop of calls, and return a function that times it, for `Repeated`.

    Args:
        call: (fixed, x, zero) -> x, where x is the last call's result; zero is 0, which
            the compiler does not know.
        fixed: The same for all of them.
        x: For the first of them.
    """
    zero = devices.on_each(jnp.zeros(()))

    def many(fixed, x, times, zero):
        def body(_, x):
            # depends on x: otherwise a quadratic's constant Hessian would be hoisted
            here, x = jax.lax.optimization_barrier((fixed, x))
            return call(here, x, zero)

        return jax.lax.fori_loop(0, times, body, x)

    loop = Kept(many).program(fixed, x, 1, zero)
    return lambda times: timed(loop, fixed, x, times, zero)[0]


def tied(call: Callable[[Any, Any], Any]) -> Callable[[Any, Any, jax.Array], Any]:
    """Make a call for `looped` from one that returns no x: add 0 times its results."""

    def at(fixed, x, zero):
        added = _sum(call(fixed, x)) * zero
        return jax.tree.map(lambda leaf: leaf + added.astype(leaf.dtype), x)

    return at


def called(call: Callable[[], Any]) -> Callable[[int], float]:
    """Return a function that times plain calls, for `Repeated`, after one warm-up."""
    timed(call)  # warms up programs, libraries and their threads
    return lambda times: sum(timed(call)[0] for _ in range(times))


def medians(timers: Mapping[Any, Repeated], rounds: int) -> dict[Any, float]:
    """Return the median seconds of one call of each; their batches alternate.

    Drift of the machine then affects all of them equally.
    """
    for _ in range(rounds):
        for timer in timers.values():
            timer.time()
    return {name: timer.median() for name, timer in timers.items()}


def _sum(results: Any) -> jax.Array:
    """Add up all results of a call, so that XLA can omit none of them."""
    return sum((jnp.sum(leaf) for leaf in jax.tree.leaves(results)), jnp.zeros(()))


class Fixed(NamedTuple):
    """A problem and the key of its calls, as arguments of a timed program.

    A key that is a constant of the program would let XLA move what follows from it,
    such as the mask of dropout, out of a loop of calls.

    Attributes:
        problem: The problem.
        key: Of all calls; None if its loss takes none.
        examples: Of all calls; None for all training examples.
    """

    problem: Any
    key: Any
    examples: Any = None

    @classmethod
    def of(cls, problem: Any, examples: Any = None) -> "Fixed":
        """Return a problem with a key if its loss takes one."""
        takes_key = getattr(problem, "takes_key", False)
        return cls(problem, jax.random.key(0) if takes_key else None, examples)

    def objective(self) -> Any:
        """Return the objective over the examples."""
        return problems.objective(self.problem, self.examples, self.key)


Call = Callable[[Any, Any], Any]
"""(objective, params) -> a tree of arrays, all of which are computed."""


def one_blas_thread() -> threadpool_limits:
    """Keep NumPy's and SciPy's routines, and JAX's solves, on one thread while inside.

    If other work occupies a core, two of their threads wait for each other: a
    factorisation of 8 ms then takes 280 ms.
    """
    return threadpool_limits(1, "blas")


def seconds_in_turn(
    calls: Mapping[Any, Callable[[], Any]], rounds: int = 9, most: float = 2.0
) -> dict[Any, float]:
    """Return the median seconds of each call on the host, on one BLAS thread.

    Batches of the calls alternate: drift of the machine affects all of them equally.

    Args:
        calls: By name; the results are waited for.
        rounds: Batches of each call.
        most: Seconds of a call after which its timing ends.
    """
    with one_blas_thread():
        timers = {name: Repeated(called(c), most=most) for name, c in calls.items()}
        return medians(timers, rounds)


def call_seconds(
    calls: Mapping[str, Call], problem: problems.Problem
) -> dict[str, float]:
    """Return the median seconds of each compiled call; their batches alternate.

    Args:
        calls: (objective, params) -> a tree of arrays, by name.
        problem: The calls receive its objective and its start point of seed 0.
    """
    start = problems.start(problem, jax.random.key(0))
    problem, params = problems.at_point(problem, start)
    fixed = Fixed.of(problem)
    timers = {
        name: Repeated(looped(tied(_of_problem(call)), fixed, params))
        for name, call in calls.items()
    }
    return medians(timers, ROUNDS)


def call_flops(call: Call, problem: problems.Problem) -> float:
    """Return XLA's count of a call's FLOPs; the call is compiled and not run.

    The body of a loop is counted once: the call must have no loops, except over blocks
    of examples.
    """
    problem, params = problems.at_point(problem, problems.shapes_at_start(problem))
    with problems.in_one_block():
        compiled = jax.jit(_of_problem(call)).lower(Fixed.of(problem), params).compile()
    return float((compiled.cost_analysis() or {})["flops"])


def with_gradient_source(
    objective: Any, gradient: str, step: float | None = None
) -> Any:
    """Return an objective whose gradient comes from a source, for use outside a trial.

    Args:
        objective: As `problems.objective` returns it.
        gradient: "autodiff", "forward_difference" or "central_difference".
        step: Length of a difference; None derives it from dtype and params.
    """
    by_rule = rule(gradient, None, step)
    return objective if by_rule is None else Sourced(Metered(objective), by_rule)


def _of_problem(call: Call) -> Callable[[Any, Any], Any]:
    return lambda fixed, params: call(fixed.objective(), params)
