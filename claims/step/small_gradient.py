"""The suboptimality that is left where the gradient has become small."""

from collections.abc import Iterator
from math import isnan, nan

import pandas as pd

import bench

from .. import Check, Evidence, claim, lines, within

RUN = 'name = "run"\nseeds = 10\ndtype = "float64"\nbudget.steps = 1000'
SGD = 'name = "sgd", learning_rate ='
QUADRATIC, HIMMELBLAU = 'name = "quadratic"', 'name = "himmelblau"'
LOGISTIC = 'name = "logistic_regression", rows = 500, columns = 5'
DEEP = 'name = "mlp", rows = 200, columns = 5, activation = "tanh", hidden ='
SMALL = 0.01
"""The share of a run's largest ‖g‖ that counts as small, and of f - f* as near."""
STRONGLY_CONVEX = {
    "quadratic": (QUADRATIC, f"{SGD} 1.0"),
    "quadratic, momentum": (QUADRATIC, 'name = "momentum", learning_rate = 0.1'),
    "logistic": (f"{LOGISTIC}, condition = 10.0, l2 = 0.01", f"{SGD} 4.0"),
}
OTHERS = {
    "separable": (
        f"{LOGISTIC}, separable = true, l2 = 0",
        f"{SGD} 4.0",
        "loss = 0.001",
    ),
    "Rosenbrock": ('name = "rosenbrock", start_scale = 0.5', f"{SGD} 0.001"),
    "Himmelblau": (HIMMELBLAU, f"{SGD} 0.003"),
    "Himmelblau, Newton": (HIMMELBLAU, 'name = "newton"'),
    "plateau": (f"{DEEP} {[10] * 10}", f"{SGD} 0.1", "loss = 1.0"),
}
"""Problem, optimizer and target, as in a config; the plateau is a deep tanh net's."""


@claim(
    source="step",
    sentence="A small gradient means that the optimum is near.",
    condition="the problem is strongly convex and well conditioned",
)
def small_gradient() -> Evidence:
    """Look at the rows at which ‖g‖ is at most 1 % of the run's largest, in float64.

    The optimum is near if at most 1 % of f - f* is left there. For strong convexity μ,
    f - f* ≤ ‖g‖² / (2μ) bounds what is left.
    """
    problems = STRONGLY_CONVEX | OTHERS
    runs = {name: _traces(*setting) for name, setting in problems.items()}
    checks = [check for name, traces in runs.items() for check in _checks(name, traces)]
    curves = {}
    for name, traces in runs.items():
        norm, above = traces[0].gradient_norm, traces[0].above.clip(lower=1e-12)
        curves[name] = (norm / norm.max(), above / above.iloc[0])
    labels = "‖g‖ over the run's largest", "f - f* over the start's, seed 0"
    dashed = {"as small as the gradient": ([1e-4, 1], [1e-4, 1])}
    return Evidence(
        checks, lines(curves, *labels, x_log=True, dots=True, dashed=dashed)
    )


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


def left(trace: pd.DataFrame) -> float:
    """Return the largest share of f - f* that is left at a small gradient.

    nan if the gradient never becomes small.
    """
    small = trace.gradient_norm <= SMALL * trace.gradient_norm.max()
    return float((trace.above[small] / trace.above.iloc[0]).max())


def _checks(name: str, traces: list[pd.DataFrame]) -> Iterator[Check]:
    shares = [left(trace) for trace in traces]
    never = sum(map(isnan, shares))
    shares = [share for share in shares if not isnan(share)]
    what = f"f - f* over the start's at ‖g‖ ≤ {SMALL:g} of the largest, {name}"
    yield Check(what, shares or nan, within(high=SMALL))
    if name in STRONGLY_CONVEX:
        yield Check(what, shares, within(high=SMALL), "repaired")
    if never:
        yield Check(f"runs whose gradient never became small, {name}", never)
