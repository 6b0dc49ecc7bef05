"""The suboptimality that L-BFGS reaches with differences, against their length ε."""

import tomllib
from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import bench
import problems

from .. import Check, Evidence, above, claim, lines, within

LENGTHS = [1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 1e-1]
SOURCES = ["autodiff", "forward_difference", "central_difference"]
STEPS, RACE = 50, 10
"""Steps to the floor, and of the comparison with gradient descent."""
DESCENT = "gradient descent"
CONFIG = f"""
name = "fd-lbfgs"
seeds = 10
budget.steps = {STEPS}
optimizers = [
  {{ name = "lbfgs", label = "default", grid.gradient = {SOURCES} }},
  {{ name = "lbfgs", label = "given", grid.gradient_step = {LENGTHS}, grid.gradient = [
    "forward_difference", "central_difference"] }},
  {{ name = "sgd", label = "{DESCENT}", grid.learning_rate = [0.3, 1.0, 3.0, 10.0] }},
]
[[problems]]
name = "logistic_regression"
rows = 500
columns = 10
condition = 100
l2 = 0.01
held_out = 0.0
"""


@claim(
    source="fd",
    sentence="L-BFGS will not work without precise gradients.",
    condition="an answer nearer than ½ eᵀH⁻¹e is asked for, e the gradient's error",
)
def fd_lbfgs() -> Evidence:
    """Take 50 steps from 10 starts at each length; the last loss is the floor.

    L-BFGS works if in 10 steps it gets nearer to the optimum with differences than
    gradient descent does with exact gradients, at its best learning rate.
    """
    checks, curves = list[Check](), {}
    for dtype in ("float32", "float64"):
        checks += _against_descent(_left(dtype, RACE), dtype)
        trials = _left(dtype, STEPS)
        default = trials[trials.label == "default"].groupby("gradient").left
        for source in SOURCES:
            what = f"floor, {source.replace('_', ' ')}, {dtype}"
            checks.append(Check(what, default.get_group(source)))
        for source in SOURCES[1:]:
            given = trials[trials.gradient == source].groupby("gradient_step").left
            floors = list(_floors(given, source, dtype))
            checks += floors
            curve = [max(floor.seen.median, 1e-17) for floor in floors]
            curves[f"{source.replace('_', ' ')}, {dtype}"] = (LENGTHS, curve)
    x, y = "length ε of a difference", "suboptimality after 50 steps"
    return Evidence(checks, lines(curves, x, y, x_log=True, dots=True))


def _left(dtype: str, steps: int) -> Any:
    """Return the table of trials with f - f* after so many steps."""
    run = bench.experiment(CONFIG, f"dtype={dtype}", f"budget.steps={steps}")
    trials = run.trials
    return trials.assign(left=trials.final_loss - trials.optimum)


def _against_descent(trials: Any, dtype: str) -> Iterator[Check]:
    """Compare with gradient descent on exact gradients, paired by seed."""
    plain = _best(trials[trials.label == DESCENT])
    by_source = trials[trials.label == "default"].groupby("gradient").left
    for source in SOURCES:
        ratio = by_source.get_group(source).to_numpy() / plain
        what = f"f - f* after {RACE} steps over that of {DESCENT} on exact gradients"
        what += f", {source.replace('_', ' ')}, {dtype}"
        yield Check(what, ratio, None if source == "autodiff" else above(1))


def _best(trials: Any) -> np.ndarray:
    """Return f - f* of each seed at the learning rate of the least median."""
    rates = trials.groupby("optimizer.settings.learning_rate").left
    return rates.get_group(rates.median().idxmin()).to_numpy()


def _floors(left: Any, source: str, dtype: str) -> Iterator[Check]:
    """Expect ½ eᵀH⁻¹e, which is f - f* at the point of zero difference.

    It is expected if e is ten times its rounding, 2 u f / ε, and ½ eᵀH⁻¹e a hundred
    times that of the loss.
    """
    u = float(np.finfo(dtype).eps) / 2
    (settings,) = tomllib.loads(CONFIG)["problems"]
    with jax.enable_x64(True):
        exact, objective = (
            problems.objective(problems.make(dtype=precision, **settings))
            for precision in ("float64", dtype)
        )
        x = optimum(exact, jnp.zeros(10))
        least = float(exact(x))
        predicted = [floor(exact, objective, x, source, length) for length in LENGTHS]
    for length, (error, rise) in zip(LENGTHS, predicted, strict=True):
        expected = error > 10 * 2 * u * least / length and rise > 100 * u * least
        criterion = within(rise / 2, 2 * rise, median=True) if expected else None
        what = f"floor, ε = {length:g}, {source.replace('_', ' ')}, {dtype}"
        yield Check(what, left.get_group(length), criterion, "repaired")


def optimum(objective: problems.Objective, x: jax.Array) -> jax.Array:
    """Return the optimum, by Newton's method from a point near it."""
    for _ in range(8):
        x = x - jnp.linalg.solve(objective.hessian(x), jax.grad(objective)(x))
    return x


def floor(
    exact: problems.Objective, objective: Any, x: jax.Array, source: str, length: float
) -> tuple[float, float]:
    """Return ‖e‖ of a difference in the objective's dtype at the optimum, ½ eᵀH⁻¹e."""
    by_rule = bench.with_gradient_source(objective, source, length)
    at = x.astype(objective.examples.inputs.dtype)
    e = jax.grad(by_rule)(at).astype(x.dtype)
    rise = e @ jnp.linalg.solve(exact.hessian(x), e) / 2
    return float(jnp.linalg.norm(e)), float(rise)
