"""The cost to a target in calls and seconds, by optimizers of different work."""

from collections.abc import Iterator, Mapping
from math import nan
from typing import Any

import numpy as np
from scipy.stats import spearmanr

import bench

from .. import Check, Evidence, below, claim, within
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
PROBLEMS = {
    "linear_regression": "rows = 2_000",
    "logistic_regression": 'dataset = "breast_cancer", l2 = 1e-2, start_scale = 0.1',
    "softmax_regression": "held_out = 0.9, l2 = 1e-2, start_scale = 0.01",
    "quadratic": "start_scale = 1.0",
}
"""The convex problems of the registry, ill-conditioned enough to need many steps."""
Costs = Mapping[str, Mapping[str, np.ndarray]]
"""By optimizer and by "steps" or "seconds": float[seeds], inf for never."""


@claim(
    source="blog",
    sentence="There is a trade between fewer, dearer steps and more, cheaper ones.",
)
def more_work_per_step() -> Evidence:
    """Run to a suboptimality of 1e-5 in float32, with tuned rates, one BLAS thread."""
    with bench.one_blas_thread():
        spent = {problem: _spent(problem) for problem in PROBLEMS}
    checks = [_rank(*case) for case in spent.items()]
    checks += _winners(spent)
    return Evidence(checks, lambda figure: _draw(spent, figure))


def _spent(problem: str) -> Costs:
    entry = f'{{ name = "{problem}", {PROBLEMS[problem]} }}'
    run = at_best(f"{CONFIG}\nproblems = [{entry}]")
    units = ("steps", "seconds")
    return {x: {unit: costs(run, x, unit) for unit in units} for x in OPTIMIZERS}


def _rank(problem: str, spent: Costs) -> Check:
    """Check that costlier steps are fewer, among optimizers that reach the target."""
    steps = np.array([by["steps"] for by in spent.values()])
    seconds = np.array([by["seconds"] for by in spent.values()])
    prices = np.where(np.isfinite(seconds), seconds, nan) / steps
    pairs = zip(prices.T, steps.T, strict=True)
    ranks: Any = [spearmanr(*pair, nan_policy="omit")[0] for pair in pairs]
    what = f"rank correlation of seconds a step with steps, {problem}"
    return Check(what, ranks, below(0))


def _winners(spent: Mapping[str, Costs]) -> Iterator[Check]:
    """Check that both sides of the trade win somewhere in seconds.

    If one optimizer, or always the one of fewest steps, were the fastest, there would
    be nothing to trade.
    """
    first = {
        problem: {cost: _cheapest(by, cost) for cost in ("steps", "seconds")}
        for problem, by in spent.items()
    }
    fastest = {by["seconds"] for by in first.values()}
    what = f"optimizers that are the fastest on one of {len(spent)} problems"
    yield Check(what, len(fastest), within(2))
    apart = sum(by["seconds"] != by["steps"] for by in first.values())
    what = "problems on which the fastest does not have the fewest steps"
    yield Check(what, apart, within(1))


def _cheapest(spent: Costs, cost: str) -> str:
    return min(spent, key=lambda label: bench.median(spent[label][cost]))


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
