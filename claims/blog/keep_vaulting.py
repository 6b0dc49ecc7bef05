"""The published jump along a gradient, in float32 and float64, and repaired."""

from collections.abc import Iterator
from math import nan
from typing import Any

import jax
import numpy as np

import optimizers
import problems

from .. import Check, Evidence, above, claim, lines, near
from ..tuning import at_best, costs
from .first_step import first_update

CONFIG = """
name = "keep-vaulting"
seeds = 20
budget = { seconds = 60, gradients = 3000, forwards = 20_000 }
optimizers = [
  { name = "keep_vaulting_published", label = "published", grid.learning_rate = [
    1e-3, 1e-2, 0.1, 1.0 ], max_steps = 10 },
  { name = "keep_vaulting", label = "true secant", grid.learning_rate = [
    1e-3, 1e-2, 0.1, 1.0 ], max_steps = 10, line_form = false },
]
"""
PROBLEMS = {
    "quadratic, least loss 0": 'name = "quadratic"',
    "quadratic, least loss 1": 'name = "quadratic", constant = 1.0',
    "logistic regression": 'name = "logistic_regression", rows = 500, l2 = 0.01',
    "figure 9's net, least loss 0": 'name = "mlp", dataset = "sum", rows = 1_000, '
    'hidden = [10, 10, 10, 10, 10, 10], activation = "none"',
}
DTYPES = ("float32", "float64")
RATE = 0.1
"""ε of the first move of a single jump."""


@claim(
    source="blog",
    sentence="A jump sized by a secant estimate of the second derivative is weak "
    "because it is numerically sensitive.",
    condition="its formula is to blame and not the numbers: it aims at a loss of 0",
)
def keep_vaulting() -> Evidence:
    """Compare costs of the jumps on four problems, and single jumps on x²/2 + c."""
    checks = [check for problem in PROBLEMS for check in _costs(problem)]
    checks += _published_jumps()
    x = np.geomspace(1e-10, 1, 2000)
    fall = x**2 * (1 - (1 - RATE) ** 2) / 2
    dashed = {"1 + ε L₁/(L₀ - L₁)": (x, 1 + RATE * 2 / fall)}
    stalled = {}
    for dtype in DTYPES:
        below_two = np.nextafter(*np.array([2, 0], dtype))
        stalled[dtype] = x, jumps(float(below_two), x.astype(dtype))
        bits = np.finfo(dtype).nmant + 1  # a loss below 2 falls by 2**-bits at least
        largest, most = 1 + RATE * 2.0**bits, float(np.nanmax(stalled[dtype][1]))
        what = f"largest published jump as progress stops, {dtype}"
        checks.append(Check(what, most, near(largest, rel=1e-3), "repaired"))
        dashed[f"1 + ε $2^{{{bits}}}$"] = x, np.full_like(x, largest)
    labels = "distance x from the minimum of x²/2 + 2", "published jump over ε g"
    plot = lines(stalled, *labels, x_log=True, dashed=dashed, ylim=(0.5, 1e17))
    return Evidence(checks, plot)


def _costs(problem: str) -> Iterator[Check]:
    """Compare costs of suboptimality 1e-5, in forward passes, paired by seed.

    Repaired: published jumps cost more than true secants if the least loss is not 0.
    """
    config = f"{CONFIG}\nproblems = [{{ {PROBLEMS[problem]} }}]"
    target = "budget.target={ suboptimality = 1e-5 }"
    single, double = (at_best(config, target, f"dtype={dtype}") for dtype in DTYPES)
    published = costs(double, "published")
    what = f"{problem}: cost of published jumps in float32 over float64"
    yield Check(what, costs(single, "published") / published, above(1))
    dearer = None if problem.endswith("least loss 0") else above(1)
    what = f"{problem}: cost of published jumps over true secant's, float64"
    yield Check(what, published / costs(double, "true secant"), dearer, "repaired")


def _published_jumps() -> Iterator[Check]:
    """Check that from x = 1 in float64 the published jump is 1 + ε L₁/(L₀ - L₁)."""
    for constant in (0.0, 1.0, 100.0):
        first, second = 0.5 + constant, 0.5 * (1 - RATE) ** 2 + constant
        formula = near(1 + RATE * second / (first - second), rel=1e-3)
        what = f"published jump on x²/2 + {constant:g}, float64"
        yield Check(what, float(jumps(constant, np.ones(1))[0]), formula, "repaired")


def jumps(constant: float, points: np.ndarray) -> np.ndarray:
    """Return the published jump after the first move, nan if there is none."""
    settings = {"learning_rate": RATE, "max_steps": 1}
    jump = lengths("keep_vaulting_published", constant, points, **settings) - 1
    return np.where(jump < 0.5, nan, jump)  # a jump is never below 1


def lengths(name: str, constant: float, points: np.ndarray, **settings: Any) -> Any:
    """Return the length of one step on x²/2 + c from each point, in units of ε g."""
    dtype = str(points.dtype)
    with jax.enable_x64(dtype == "float64"):
        quadratic = {"spectrum": [1.0], "constant": constant, "distance": 0.0}
        problem = problems.make("quadratic", dtype=dtype, **quadratic)
        optimizer = optimizers.make(name, **settings)
        update = jax.jit(jax.vmap(lambda x: first_update(problem, optimizer, x)))
        return -np.asarray(update(points[:, None]))[:, 0] / (RATE * points)
