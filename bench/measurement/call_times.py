"""Seconds and FLOPs of calls that the caller names, timed in turn."""

from collections.abc import Callable, Mapping
from typing import Any

import jax
import scipy.linalg  # noqa: F401  only a library that is loaded can be limited
from threadpoolctl import threadpool_limits

import problems

from .gradient_sources import Sourced, rule
from .meter import Metered
from .prices import ROUNDS
from .repeated import Repeated, called, looped, medians, tied

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
