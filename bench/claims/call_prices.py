"""What calls that a claim names cost on a problem, and by which power costs grow."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import problems

from ..measuring.meter import Metered
from ..measuring.prices import ROUNDS
from ..measuring.repeated import Repeated, looped, medians, tied
from ..measuring.sources import Sourced, rule

Call = Callable[[Any, Any], Any]
"""(objective, params) -> a tree of arrays, all of which is asked for."""


def forward(objective: Any, params: Any) -> Any:
    """Ask for the value."""
    return objective(params)


def gradient(objective: Any, params: Any) -> Any:
    """Ask for value and gradient, by reverse mode."""
    return jax.value_and_grad(objective)(params)


def differences(objective: Any, params: Any) -> Any:
    """Ask for value and gradient, by forward differences."""
    by_rule: Any = rule("forward_difference", None)
    sourced = Sourced(Metered(objective, lambda *_: None), by_rule)
    return jax.value_and_grad(sourced)(params)


def shifted(objective: Any, params: Any) -> Any:
    """Ask for the n + 1 values of a forward difference, without a loop."""
    flat, unravel = ravel_pytree(params)
    points = flat + 1e-3 * jnp.eye(flat.size + 1, flat.size, dtype=flat.dtype)
    return objective.values(jax.vmap(unravel)(points))


def call_seconds(
    calls: Mapping[str, Call], problem: problems.Problem
) -> dict[str, float]:
    """Return the median seconds of each call; their batches are timed in turn."""
    params = problem.init(jax.random.key(0))
    repeated = {
        name: Repeated(looped(tied(_of_problem(call)), problem, params))
        for name, call in calls.items()
    }
    return medians(repeated, ROUNDS)


def call_flops(call: Call, problem: problems.Problem) -> float:
    """Return XLA's count of a call's FLOPs; it is compiled and not run.

    The body of a loop is counted once: the call must have none but over blocks of
    examples.
    """
    params = jax.eval_shape(problem.init, jax.random.key(0))
    with problems.in_one_block():
        compiled = jax.jit(_of_problem(call)).lower(problem, params).compile()
    return float((compiled.cost_analysis() or {})["flops"])


def parameters(problem: problems.Problem) -> int:
    """Return how many numbers the params are."""
    params = jax.eval_shape(problem.init, jax.random.key(0))
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def power(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the slope of the line that fits log cost against log size best."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def _of_problem(call: Call) -> Callable[[Any, Any], Any]:
    return lambda problem, params: call(problems.objective(problem), params)
