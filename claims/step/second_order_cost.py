"""Newton's cost against that of first-order methods, over the size of the model."""

import numpy as np

import bench

from .. import Check, Criterion, Evidence, above, below, claim, lines
from ..tuning import at_best, costs

CONFIG = """
name = "second-order-cost"
seeds = 10
budget = { seconds = 20, steps = 5_000, target = { suboptimality = 1e-5 } }
optimizers = [
  { name = "momentum", label = "momentum", grid.learning_rate = [3.0, 10.0] },
  { name = "adam", label = "Adam", grid.learning_rate = [0.1, 0.3, 1.0] },
  { name = "newton", label = "Newton", learning_rate = 1.0 },
  { name = "newton_cg", label = "Newton-CG", learning_rate = 1.0 },
]
[[problems]]
name = "logistic_regression"
rows = 2_000
columns = 10
condition = 100.0
start_scale = 0.1
held_out = 0.0
"""
SIZES = (10, 40, 160, 640)
FIRST = ("momentum", "Adam")
SECOND = ("Newton", "Newton-CG")
Costs = dict[str, dict[str, np.ndarray]]
"""Cost to the target, float[seeds], by optimizer, and "steps" or "seconds"."""


@claim(
    source="step",
    sentence="Second-order methods are better per step, and too dear for large models.",
)
def second_order_cost() -> Evidence:
    """Run to a suboptimality of 1e-5 in float32, with ten seeds and one BLAS thread."""
    with bench.one_blas_thread():
        spent = {size: _costs(size) for size in SIZES}
    checks = [_ratio("Newton", "steps", k, spent[k], below(1)) for k in SIZES]
    dearer = dict.fromkeys(SIZES) | {SIZES[-1]: above(1)}
    checks += [_ratio("Newton", "seconds", k, spent[k], dearer[k]) for k in SIZES]
    curves = {
        label: (SIZES, [bench.median(spent[k][label]["seconds"]) for k in SIZES])
        for label in SECOND + FIRST
    }
    labels = "parameters", "seconds to a suboptimality of 1e-5, float32"
    return Evidence(checks, lines(curves, *labels, x_log=True, dots=True, ticks=SIZES))


def _costs(size: int) -> Costs:
    run = at_best(CONFIG, f"problems.0.columns={size}", cost="steps")
    return {
        label: {cost: costs(run, label, cost) for cost in ("steps", "seconds")}
        for label in FIRST + SECOND
    }


def _ratio(
    label: str, cost: str, size: int, spent: Costs, criterion: Criterion | None = None
) -> Check:
    best = np.minimum(*(spent[rival][cost] for rival in FIRST))
    what = f"{label}, {cost} over the better of momentum and Adam, {size} parameters"
    return Check(what, spent[label][cost] / best, criterion)
