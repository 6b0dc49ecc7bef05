"""The nominal prices of a problem's calls, the same on every machine."""

from typing import Any

import jax

import problems

from ..core.readings import nominal_prices
from ..core.spec import Budget


def nominal(problem: Any) -> dict[str, float]:
    """Return the nominal price of each kind of call on a problem."""
    params = problems.params_of(problems.shapes_at_start(problem))
    size = sum(leaf.size for leaf in jax.tree.leaves(params))
    residuals = problems.objective(problem).residuals
    count = None if residuals is None else jax.eval_shape(residuals, params).size
    return nominal_prices(size, getattr(problem.train, "features", 1), count)


def limit_prices(budget: Budget, problem: Any) -> dict[str, float]:
    """Return the prices that a budget's limit on all calls needs; none without one."""
    return {} if budget.forward_equivalents is None else nominal(problem)
