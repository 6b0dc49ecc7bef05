"""Examples per second, and cost to a target, against the batch size."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import bench

from .. import Check, Evidence, claim, lines, within
from ..tuning import at_best, costs

SIZES = (1, 10, 20, 100, 1000)
DECISIVE = 100
NET = 'name = "mlp", label = "64-100-10 network", dataset = "digits", hidden = [100]'
LOGISTIC = 'name = "logistic_regression", label = "logistic regression of 20"'
THROUGHPUT = f"""
name = "examples-a-second"
seeds = 10
budget.seconds = 0.05
problems = [{{ {NET} }}, {{ {LOGISTIC} }}]
optimizers = [{{ name = "sgd", learning_rate = 0.01, grid.batch = {list(SIZES)} }}]
"""
RATES = "grid.learning_rate = [0.02, 0.06, 0.2, 0.6]"
SGD = [f'{{ name = "sgd", label = "{b}", batch = {b}, {RATES} }}' for b in SIZES]
RACE = f"""
name = "cost-to-target"
seeds = 10
budget = {{ seconds = 2, target.loss = 0.1 }}
problems = [{{ {NET} }}]
optimizers = [{", ".join(SGD)}]
"""


@claim(
    source="notes",
    sentence="Minibatches make matrix-matrix products, 2 to 10 times faster for an "
    "example than one at a time.",
    condition="10 times is not the most",
)
def minibatch() -> Evidence:
    """Time steps of all sizes in float32, and compare their costs to a loss of 0.1."""
    seconds = _seconds(bench.experiment(THROUGHPUT))
    checks, curves = [], {}
    for name in seconds.columns.unique(0):
        checks += _faster(name, seconds[name])
        middle = seconds[name].median()
        curves[f"examples a second, {name}"] = SIZES, middle[1] / middle
    race = at_best(RACE, cost="steps")
    for cost, unit in {"examples": "", "seconds": "s"}.items():
        spent = {size: costs(race, str(size), cost) for size in SIZES}
        for size, seeds in spent.items():
            what = f"{cost} to a training loss of 0.1 at B = {size}, network"
            checks.append(Check(what, seeds, unit=unit))
        middle = np.array([np.median(seeds) for seeds in spent.values()])
        curves[f"{cost} to a loss of 0.1"] = SIZES, middle / middle[0]
    labels = "examples a step, B", "over that at B = 1, medians"
    return Evidence(checks, lines(curves, *labels, x_log=True, dots=True))


def _seconds(run: bench.Run) -> pd.DataFrame:
    """Return seconds per example: a row for each seed, columns by problem and size."""
    trials = run.trials.assign(each=run.trials.seconds / run.trials.examples)
    across = ["problem_label", "batch.size"]
    return trials.pivot(index="seed", columns=across, values="each")


def _faster(problem: str, each: Any) -> Iterator[Check]:
    for size in SIZES[1:]:
        what = f"examples a second at B = {size} over those at 1, {problem}"
        ratio, decides = each[1] / each[size], size == DECISIVE
        yield Check(what, ratio, within(2, 10) if decides else None, unit="times")
        if decides:
            yield Check(what, ratio, within(2), "repaired", "times")
