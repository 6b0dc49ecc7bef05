"""Variance of a minibatch's gradient against its size, with and without replacement."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from numpy.typing import NDArray

import problems
from bench import Batch

from .. import Check, Evidence, claim, lines, near
from ..descent import descend

ROWS = 1000
PROBLEM = {"rows": ROWS, "columns": 10, "condition": 10.0, "held_out": 0.0}
SIZES = (1, 5, 20, 100, 500)


@claim(
    source="notes",
    sentence="The variance of a minibatch's gradient falls as 1/B.",
    condition="examples are drawn with replacement; without, it is (n-B)/(n-1) of that",
)
def minibatch_noise() -> Evidence:
    """Compute gradients of a logistic regression at its start points, in float32."""
    problem = problems.make("logistic_regression", **PROBLEM)
    checks, curves, dashed = [], {}, {}
    for words, replace in (("with replacement", True), ("without replacement", False)):
        shares = [variances(problem, Batch(size, replace)) for size in SIZES]
        formula = [exactly(size, ROWS, replace) for size in SIZES]
        curves[words] = SIZES, np.median(shares, axis=1)
        dashed[f"formula {words}"] = SIZES, formula
        slope = np.polyfit(np.log(SIZES), np.log(shares), 1)[0]
        what = f"slope of log variance against log B, {words}"
        checks.append(Check(what, slope, near(-1, rel=0.05)))
        for size, share, exact in zip(SIZES, shares, formula, strict=True):
            what = f"variance over that of one example, {words}, B = {size}"
            checks.append(Check(what, share, near(1 / size, rel=0.05)))
            checks.append(Check(what, share, near(exact, rel=0.05), "repaired"))
    labels = "examples of a batch, B", "variance of the gradient over one example's"
    plot = lines(curves, *labels, x_log=True, dots=True, dashed=dashed)
    return Evidence(checks, plot)


def exactly(size: int, rows: int, replace: bool) -> float:
    """1/B with replacement; without, (n - B)/(n - 1) of that if B divides n."""
    return 1 / size if replace else (rows - size) / (rows - 1) / size


def of_one_example(problem: Any, params: Any) -> Any:
    """(1/n) Σ_i ‖g_i - g‖²."""
    singles = jax.tree.map(lambda x: x[..., None, :], problem.train)
    gradients = jax.vmap(jax.grad(problem.loss), (None, -1))(params, singles)
    return jnp.sum(jnp.var(gradients, axis=0))


def variances(problem: Any, batch: Batch, batches: int = 1000) -> NDArray:
    """Return the mean of ‖g_B - g‖² over that of one example, float[seeds]."""
    whole = jax.grad(problems.objective(problem))

    def see(objective: Any, before: Any, after: Any, gradient: Any) -> Any:
        return jnp.sum(jnp.square(gradient - whole(before)))

    at_rest = optax.set_to_zero()
    starts, squares = descend(problem, at_rest, batches, see, batch=batch)
    one = jax.vmap(lambda params: of_one_example(problem, params))(starts)
    return np.mean(squares, axis=1) / one
