"""The nominal prices of a problem's calls, the same on every machine."""

from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

import jax

import problems

from ..core.readings import nominal_prices
from ..core.spec import Budget

_counts: WeakKeyDictionary[Any, int | None] = WeakKeyDictionary()
"""The number of residuals of problems: counting them takes as long as many steps."""


def nominal(problem: Any, point: Any) -> dict[str, float]:
    """Return the nominal price of each kind of call on a problem.

    Args:
        problem: The problem.
        point: Any point of it, or its shapes.
    """
    params = problems.params_of(point)
    size = sum(leaf.size for leaf in jax.tree.leaves(params))
    features = getattr(problem.train, "features", 1)
    return nominal_prices(size, features, _residuals(problem, params))


def _residuals(problem: Any, params: Any) -> int | None:
    """Return how many residuals a problem has; None if it states none."""
    with suppress(KeyError, TypeError):  # a class of a user's own may have no hash
        return _counts[problem]
    residuals = problems.objective(problem).residuals
    count = None if residuals is None else jax.eval_shape(residuals, params).size
    with suppress(TypeError):
        _counts[problem] = count
    return count


def limit_prices(budget: Budget, problem: Any, point: Any) -> dict[str, float]:
    """Return the prices that a budget's limit on all calls needs; none without one."""
    return {} if budget.forward_equivalents is None else nominal(problem, point)
