"""Seconds of gradient descent to a target, on differences and on the gradient."""

from math import inf
from typing import Any

import bench

from .. import Check, Evidence, above, claim, lines

CONFIG = """
name = "fd-slower"
seeds = 10
budget = { steps = 4000, target = { suboptimality = 1e-4 } }
problems = [{ name = "logistic_regression", rows = 2000, l2 = 0, grid.columns = [
  2, 10, 50], held_out = 0.0 }]
optimizers = [{ name = "sgd", learning_rate = 2.0, grid.gradient = [
  "autodiff", "forward_difference", "central_difference"] }]
"""
FEW = 2
"""Parameters so few that N + 1 evaluations may cost less than the gradient."""


@claim(
    source="fd",
    sentence="Gradient descent with differences is slower than with the analytic "
    "gradient on logistic regression with ±1 labels.",
)
def fd_slower() -> Evidence:
    """Descend from 10 starts, all with one learning rate, in float32.

    The loss here is a mean, and the source's is a sum: a learning rate of 2 here is 2
    divided by the number of rows there.
    """
    trials: Any = bench.experiment(CONFIG).trials
    trials["columns"] = trials["problem.settings.columns"]
    trials["source"] = trials.gradient.str.replace("_", " ")
    groups = trials.set_index("seed").groupby("columns")
    forms = "forward difference", "central difference"
    checks = [_slower(group, n, form) for n, group in groups for form in forms]
    middle = trials.groupby(["source", "columns"]).seconds_to_target.median() * 1e3
    curves = {n: (middle[n].index, middle[n]) for n in ("autodiff", *forms)}
    labels = "parameters N", "ms to suboptimality 1e-4, median of 10 starts"
    ticks = sorted(set(trials["columns"]))
    return Evidence(checks, lines(curves, *labels, x_log=True, dots=True, ticks=ticks))


def _slower(trials: Any, columns: int, form: str) -> Check:
    """Compare differences with autodiff by seed; inf if the target is not reached."""
    reverse, other = (trials[trials.source == source] for source in ("autodiff", form))
    ratios = other.seconds_to_target.fillna(inf) / reverse.seconds_to_target
    what = f"seconds to target, {form}s over autodiff, N = {columns}"
    return Check(what, ratios, above(1), "beside" if columns <= FEW else "as it stands")
