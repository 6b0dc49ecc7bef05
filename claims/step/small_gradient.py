"""Rank correlation of the gradient norm and the suboptimality along runs."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from scipy.stats import spearmanr

import bench

from .. import Check, Evidence, claim, lines, within

RUN = 'name = "run"\nseeds = 10\ndtype = "float64"\nbudget.steps = 1000'
SGD = 'name = "sgd", learning_rate ='
QUADRATIC, HIMMELBLAU = 'name = "quadratic"', 'name = "himmelblau"'
LOGISTIC = 'name = "logistic_regression", rows = 500, columns = 5'
DEEP = 'name = "mlp", rows = 200, columns = 5, activation = "tanh", hidden ='
CONVEX = {
    "quadratic": (QUADRATIC, f"{SGD} 1.0"),
    "quadratic, momentum": (QUADRATIC, 'name = "momentum", learning_rate = 0.1'),
    "logistic": (f"{LOGISTIC}, condition = 10.0, l2 = 0.01", f"{SGD} 4.0"),
    "separable": (f"{LOGISTIC}, separable = true, l2 = 0", f"{SGD} 4.0", "loss = 0.01"),
}
OTHERS = {
    "Rosenbrock": ('name = "rosenbrock", start_scale = 0.5', f"{SGD} 0.001"),
    "Himmelblau": (HIMMELBLAU, f"{SGD} 0.003"),
    "Himmelblau, Newton": (HIMMELBLAU, 'name = "newton"'),
    "plateau": (f"{DEEP} {[10] * 10}", f"{SGD} 0.1", "loss = 1.0"),
}
"""Problem, optimizer and target, as in a config; the plateau is a deep tanh net's."""


@claim(
    source="step",
    sentence="A small gradient means that the optimum is near.",
    condition="the problem is convex",
)
def small_gradient() -> Evidence:
    """Run trials and use the rows with a gradient norm, in float64."""
    runs = {name: _traces(*setting) for name, setting in (CONVEX | OTHERS).items()}
    checks = [check for name, traces in runs.items() for check in _checks(name, traces)]
    curves = {}
    for name, traces in runs.items():
        ranks = [correlation(trace) for trace in traces]
        middle = traces[ranks.index(bench.median(ranks))]
        curves[name] = (middle.gradient_norm, middle.above.clip(lower=1e-12))
    labels = "gradient's norm", "suboptimality f - f*, one run each"
    return Evidence(checks, lines(curves, *labels, x_log=True, dots=True))


def _traces(
    problem: str, optimizer: str, target: str = "suboptimality = 1e-8"
) -> list[pd.DataFrame]:
    """Return a table for each seed: the gradient norm, and f minus the least loss.

    If none is certified, it is taken as 0, a lower bound of all losses here.
    """
    config = f"{RUN}\nproblems = [{{ {problem} }}]\noptimizers = [{{ {optimizer} }}]"
    run = bench.experiment(config, f"budget.target={{ {target} }}")
    traces = run.traces.dropna(subset="gradient_norm")
    traces = traces.assign(above=traces.suboptimality.fillna(traces.loss))
    return [trace for _, trace in traces.groupby("seed")]


def correlation(trace: pd.DataFrame) -> float:
    """Return Spearman's rank correlation of ‖g‖ and f - f* along a run."""
    ranks: Any = spearmanr(trace.gradient_norm, trace.above)
    return float(ranks.statistic)


def _checks(name: str, traces: list[pd.DataFrame]) -> Iterator[Check]:
    ranks = [correlation(trace) for trace in traces]
    what = f"rank correlation of ‖g‖ and f - f*, {name}"
    yield Check(what, ranks, within(0.9))
    if name in CONVEX:
        yield Check(what, ranks, within(0.9), "repaired")
    left = [t.above.iloc[t.gradient_norm.argmin()] / t.above.iloc[0] for t in traces]
    yield Check(f"f - f* where ‖g‖ is least, over the start's, {name}", left)
