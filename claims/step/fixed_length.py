"""Steps of fixed length against steps in proportion to the gradient, each tuned."""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

import bench
import optimizers
import problems

from .. import Check, Criterion, Evidence, above, claim, lines, near
from ..tuning import at_best, costs

HEAD = 'name = "fixed-length"\nseeds = 10\ndtype = "float64"'
CONVEX = """
budget = { steps = 5000, target = { suboptimality = 1e-6 } }
optimizers = [
  { name = "sgd", grid.learning_rate = [1.4, 5.6, 11.2] },
  { name = "normalized_sgd", label = "fixed length", grid.length = [
    0.001, 0.003, 0.01, 0.03, 0.1, 0.3 ] },
  { name = "normalized_sgd", label = "length c τ/(τ + k)", length = 1.0, grid.tau = [
    10.0, 100.0 ] },
]
"""
PROBLEMS = {
    "quadratic": '{ name = "quadratic", condition = 10.0 }',
    "logistic regression": '{ name = "logistic_regression", rows = 500, columns = 5, '
    "condition = 10.0, l2 = 0.01, start_scale = 2.0 }",
}
LABELS = ("sgd", "fixed length", "length c τ/(τ + k)")
LEVELS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
# λmax(XXᵀ/4m) = 1/4 bounds the Hessian: up to a rate of 8 the loss cannot rise
SEPARABLE = """
budget = { steps = 1000, target = { loss = 0.02 } }
problems = [
  { name = "logistic_regression", rows = 200, columns = 5, separable = true, l2 = 0.0 },
]
optimizers = [
  { name = "sgd", label = "stable sgd", grid.learning_rate = [1.0, 8.0] },
  { name = "sgd", learning_rate = 64.0 },
  { name = "normalized_sgd", label = "fixed length", grid.length = [0.1, 1.0, 8.0] },
]
"""
PLATEAU = """
budget = { steps = 500, target = { loss = 2.0 } }
problems = [{ name = "mlp", rows = 200, columns = 5, activation = "tanh", hidden = [
    10, 10, 10, 10, 10, 10, 10, 10, 10, 10 ] }]
optimizers = [
  { name = "sgd", grid.learning_rate = [0.1, 0.2, 0.4] },
  { name = "normalized_sgd", label = "fixed length", grid.length = [0.1, 0.2, 0.4] },
]
"""
Steps = dict[str, np.ndarray]
"""Steps to the target, float[seeds], by label."""


@claim(
    source="step",
    sentence="A step of fixed length is worse near the optimum than one proportional "
    "to the gradient.",
)
def fixed_length() -> Evidence:
    """Count steps to targets near and far on convex problems, and where f is flat."""
    convex = {
        name: {level: _convex(problem, level) for level in LEVELS}
        for name, problem in PROBLEMS.items()
    }
    checks = [check for name, steps in convex.items() for check in _tuned(name, steps)]
    curves = {
        f"{label}, {name}": (LEVELS, [bench.median(s[label]) for s in steps.values()])
        for name, steps in convex.items()
        for label in LABELS
    }
    x, y = "suboptimality to be reached", "steps, tuned to it, median of 10 seeds"
    ends = {"xlim": (2e-1, 5e-7), "ylim": (0.9, None)}
    plot = lines(curves, x, y, x_log=True, dots=True, **ends)
    return Evidence([*checks, *_flat(), *_floor()], plot)


def _convex(problem: str, level: float) -> Steps:
    target = f"budget.target={{suboptimality={level}}}"
    return _steps(f"{CONVEX}\nproblems = [{problem}]", target)


def _steps(config: str, *sets: str) -> Steps:
    run = at_best(HEAD + config, *sets, cost="steps")
    labels = dict.fromkeys(record["label"] for record in run.records)
    return {label: costs(run, label, "steps") for label in labels}


def _tuned(name: str, steps: dict[float, Steps]) -> Iterator[Check]:
    for level, criterion in ((LEVELS[0], above(1)), (LEVELS[-1], None)):
        target = f"suboptimality {level:g}, {name}"
        yield _ratio(steps[level], target, criterion=criterion)
    yield _ratio(steps[LEVELS[0]], f"suboptimality {LEVELS[0]:g}, {name}", LABELS[-1])


def _flat() -> Iterator[Check]:
    steps = _steps(SEPARABLE)
    what = "loss 0.02, separable data without penalty"
    yield _ratio(steps, what, rival="stable sgd")
    either = np.minimum(steps["sgd"], steps["stable sgd"])
    yield _ratio(steps | {"sgd": either}, what)
    yield _ratio(_steps(PLATEAU), "loss 2, plateau of a deep tanh net")


def _ratio(
    steps: Steps,
    target: str,
    label: str = "fixed length",
    rival: str = "sgd",
    criterion: Criterion | None = None,
) -> Check:
    what = f"{label}, steps over those of {rival}: {target}"
    return Check(what, steps[label] / steps[rival], criterion)


def _floor(length: float = 0.1) -> Iterator[Check]:
    """Where all λ = 1, x ends at ±r and ±(c - r) in turn, r = ‖x₀‖ mod c."""
    with jax.enable_x64(True):
        settings = {"dimension": 3, "condition": 1.0, "dtype": "float64"}
        problem: Any = problems.make("quadratic", **settings)
        optimizer: Any = optimizers.make("normalized_sgd", length=length)
        losses = sorted(bench.measure(problem, optimizer, steps=200).loss[-2:])
        rest = np.linalg.norm(problem.init(jax.random.key(0))) % length
    expected = sorted((rest, length - rest))
    for which, loss, r in zip(("lesser", "greater"), losses, expected, strict=True):
        what = f"{which} of the last two losses, length {length:g}, all λ = 1"
        yield Check(what, loss, near(r**2 / 2, rel=1e-9), "beside")
