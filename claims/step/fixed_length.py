"""Steps of fixed length against steps proportional to the gradient, each tuned."""

from collections.abc import Iterator

import numpy as np

import bench

from .. import Check, Criterion, Evidence, above, claim, lines
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
    "quadratic": 'problems = [{ name = "quadratic", condition = 10.0 }]',
    "logistic regression": 'problems = [{ name = "logistic_regression", rows = 500, '
    "columns = 5, condition = 10.0, l2 = 0.01, start_scale = 2.0 }]",
}
TARGET = "budget.target.suboptimality"
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
    """Count steps to near and far targets on convex problems, and on a plateau."""
    convex = {
        name: {level: _steps(CONVEX + toml, f"{TARGET}={level}") for level in LEVELS}
        for name, toml in PROBLEMS.items()
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
    return Evidence([*checks, *_flat()], plot)


def _steps(config: str, *sets: str) -> Steps:
    run = at_best(HEAD + config, *sets, cost="steps")
    return {name: costs(run, name, "steps") for name in run.trials.label.unique()}


def _tuned(name: str, steps: dict[float, Steps]) -> Iterator[Check]:
    sgd, fixed, shrinking = LABELS
    near, far = LEVELS[0], LEVELS[-1]
    cases = (near, fixed, above(1)), (far, fixed, None), (near, shrinking, None)
    for level, label, criterion in cases:
        goal = f"suboptimality {level:g}, {name}"
        yield _ratio(steps[level], label, sgd, goal, criterion)


def _flat() -> Iterator[Check]:
    steps, fixed = _steps(SEPARABLE), "fixed length"
    either = {"sgd": np.minimum(steps["sgd"], steps["stable sgd"])}
    what = "loss 0.02, separable data without penalty"
    yield _ratio(steps, fixed, "stable sgd", what)
    yield _ratio(steps | either, fixed, "sgd", what)
    yield _ratio(_steps(PLATEAU), fixed, "sgd", "loss 2, plateau of a deep tanh net")


def _ratio(
    steps: Steps, label: str, rival: str, goal: str, criterion: Criterion | None = None
) -> Check:
    what = f"{label}, steps over those of {rival}: {goal}"
    return Check(what, steps[label] / steps[rival], criterion)
