"""Steps to a target against the learning rate, below the best one."""

import numpy as np
from numpy.typing import NDArray

import bench

from .. import Check, Evidence, claim, lines, near

LOGISTIC = "rows = 500, columns = 5, condition = 10.0, l2 = 0.01"
NETWORK = "rows = 200, columns = 5, hidden = [10], target.loss = 0.3"
CONFIG = f"""
name = "rates"
seeds = 10
dtype = "float64"
budget = {{ steps = 50_000, target.suboptimality = 1e-3 }}
problems = [
  {{ name = "quadratic", condition = 10.0 }},
  {{ name = "logistic_regression", label = "logistic regression", {LOGISTIC} }},
  {{ name = "mlp", label = "network", {NETWORK} }},
]
optimizers = [{{ name = "sgd", grid.learning_rate = [
  0.004, 0.016, 0.06, 0.25, 1.0, 1.8, 4.0, 12.0] }}]
"""
RATE = "optimizer.settings.learning_rate"


@claim(source="notes", sentence="A learning rate that is too small is slow.")
def step_too_small() -> Evidence:
    """Fit slopes of gradient descent by seed; steps in proportion to 1/ε give -1."""
    checks, curves, dashed = [], {}, {}
    trials = bench.experiment(CONFIG).trials
    for name, some in trials.groupby("problem_label", sort=False):
        table = some.pivot(index="seed", columns=RATE, values="steps_to_target")
        rates, steps = table.columns.to_numpy(float), table.fillna(np.inf).to_numpy()
        what = f"slope of log steps against log ε, {name}"
        checks.append(Check(what, slopes(rates, steps), near(-1, rel=0.05)))
        checks.append(Check(f"steps at ε = {rates[0]:g}, {name}", steps[:, 0]))
        middle = np.median(steps, axis=0)
        curves[name] = rates, middle
        dashed[f"∝ 1/ε, {name}"] = rates, middle[0] * rates[0] / rates
    labels = "learning rate ε", "steps to the target, median of 10 seeds"
    plot = lines(curves, *labels, x_log=True, dots=True, dashed=dashed, ylim=(1, None))
    return Evidence(checks, plot)


def slopes(rates: NDArray, steps: NDArray) -> NDArray:
    """Return d log steps / d log ε up to 1/4 of the best rate, float[seeds].

    Steps are float[seeds, rates], inf if the target was not reached.
    """
    left = rates <= rates[np.argmin(np.median(steps, axis=0))] / 4
    return np.polyfit(np.log(rates[left]), np.log(steps[:, left]).T, 1)[0]
