"""The calls whose prices claims compare, and the power by which costs grow."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import bench
import problems


def forward(objective: Any, params: Any) -> Any:
    """Compute the value."""
    return objective(params)


def gradient(objective: Any, params: Any) -> Any:
    """Compute value and gradient, by reverse mode."""
    return jax.value_and_grad(objective)(params)


def differences(objective: Any, params: Any) -> Any:
    """Compute value and gradient, by forward differences."""
    by_difference = bench.with_gradient_source(objective, "forward_difference")
    return jax.value_and_grad(by_difference)(params)


def shifted(objective: Any, params: Any) -> Any:
    """Compute the n + 1 values of a forward difference, without a loop."""
    flat, unravel = ravel_pytree(params)
    points = flat + 1e-3 * jnp.eye(flat.size + 1, flat.size, dtype=flat.dtype)
    return objective.values(jax.vmap(unravel)(points))


def parameters(problem: problems.Problem) -> int:
    """Return the number of parameters."""
    params = jax.eval_shape(problem.init, jax.random.key(0))
    return sum(leaf.size for leaf in jax.tree.leaves(params))


def power(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the slope of the line that fits log cost against log size best."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])
