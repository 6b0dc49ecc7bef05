"""The cost to a target in calls and seconds, by optimizers of different work."""

from collections.abc import Mapping
from math import nan
from typing import Any

import numpy as np
from scipy.stats import spearmanr

import bench

from .. import Check, Evidence, below, claim, near
from ..tuning import at_best, costs

CONFIG = """
name = "more-work-per-step"
seeds = 10
budget = { seconds = 10, steps = 2_000, target = { suboptimality = 1e-5 } }
optimizers = [
  { name = "sgd", grid.learning_rate = [0.1, 0.3, 0.9, 3.0, 9.0, 27.0] },
  { name = "keep_stepping", line_form = false, grid.learning_rate = [
    0.1, 0.3, 0.9, 3.0 ] },
  { name = "lbfgs" }, { name = "newton_cg" }, { name = "newton" },
]
"""
OPTIMIZERS = ("sgd", "keep_stepping", "lbfgs", "newton_cg", "newton")
COUNTS = ("forward", "point", "gradient", "jvp", "hvp", "hessian", "seconds")
PROBLEMS = {
    "linear_regression": "rows = 2_000",
    "logistic_regression": 'dataset = "breast_cancer", l2 = 1e-2, start_scale = 0.1',
    "softmax_regression": "held_out = 0.9, l2 = 1e-2, start_scale = 0.01",
    "quadratic": "start_scale = 1.0",
}
"""The convex problems of the registry, ill-conditioned enough to need many steps."""
Costs = Mapping[str, Mapping[str, np.ndarray]]
"""By optimizer and by "steps" or a unit of cost: float[seeds], inf for never."""


@claim(
    source="blog",
    sentence="There is a trade between fewer, dearer steps and more, cheaper ones.",
)
def more_work_per_step() -> Evidence:
    """Run to a suboptimality of 1e-5 in float32, with tuned rates, one BLAS thread."""
    with bench.one_blas_thread():
        spent = {problem: _spent(problem) for problem in PROBLEMS}
    checks = [judge(*case) for judge in (_rank, _winners) for case in spent.items()]
    return Evidence(checks, lambda figure: _draw(spent, figure))


def _spent(problem: str) -> Costs:
    entry = f'{{ name = "{problem}", {PROBLEMS[problem]} }}'
    run = at_best(f"{CONFIG}\nproblems = [{entry}]")
    counts = ("steps", *COUNTS)
    return {x: {what: costs(run, x, what) for what in counts} for x in OPTIMIZERS}


def _rank(problem: str, spent: Costs) -> Check:
    """Check that costlier steps are fewer, among optimizers that reach the target."""
    steps = np.array([by["steps"] for by in spent.values()])
    seconds = np.array([by["seconds"] for by in spent.values()])
    prices = np.where(np.isfinite(seconds), seconds, nan) / steps
    pairs = zip(prices.T, steps.T, strict=True)
    ranks: Any = [spearmanr(*pair, nan_policy="omit")[0] for pair in pairs]
    what = f"rank correlation of seconds a step with steps, {problem}"
    return Check(what, ranks, below(0))


def _winners(problem: str, spent: Costs) -> Check:
    """Check that no optimizer is cheapest in every unit; ties count as cheapest."""
    table = [[bench.median(by[c]) for c in COUNTS] for by in spent.values()]
    everywhere = (np.array(table) == np.min(table, axis=0)).all(axis=1)
    what = f"optimizers that are cheapest by every count, {problem}"
    return Check(what, int(everywhere.sum()), near(0))


def _draw(spent: Mapping[str, Costs], figure: Any) -> None:
    """Plot an optimizer as a marker and a problem as a line."""
    axes = figure.add_subplot()
    markers = bench.line_styles(OPTIMIZERS)
    for name, style in bench.line_styles(spent).items():
        counts = spent[name].values()
        steps = np.array([bench.median(by["steps"]) for by in counts])
        prices = np.array([bench.median(by["seconds"]) for by in counts]) / steps
        axes.plot(prices, steps, color=style.colour, label=name)
        for x, y, marker in zip(prices, steps, markers.values(), strict=True):
            axes.plot(x, y, marker.marker, color=style.colour, markersize=8)
    for label, style in markers.items():
        axes.plot([], [], style.marker, color="#333333", label=label)
    axes.set(xscale="log", yscale="log", xlabel="seconds a step, float32")
    axes.set_ylabel("steps to a suboptimality of 1e-5")
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
