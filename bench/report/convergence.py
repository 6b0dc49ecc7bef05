"""Costs of a decrease to a tolerance of the best one found, in simplex gradients."""

from collections.abc import Mapping
from functools import partial
from math import inf, nan
from typing import NamedTuple

import pandas as pd

from ..core.costs import Prices, Spent
from ..core.metrics import first_reached
from ..core.readings import READINGS
from ..core.records import TrialRecord
from ..statistics import convergence_level
from .comparison import CostTable, cost_table
from .groups import Results

TOLERANCES = (1e-1, 1e-3, 1e-5, 1e-7)
"""τ: the shares of the decrease that may be missing."""
UNIT = "flops"


class Scale(NamedTuple):
    """A problem's part of the test of convergence.

    Attributes:
        parameters: n.
        least: f_L, the least training loss of all trials on the problem.
    """

    parameters: int
    least: float


def convergence_tables(results: Results) -> dict[float, CostTable]:
    """Return the costs until f(x) <= f_L + τ (f(x₀) - f_L), by τ.

    The unit is the simplex gradient, n + 1 forward passes; other calls count with the
    ratio of their FLOPs to those of a forward pass, so that nothing depends on the
    machine. f_L is the least training loss of all trials on the problem. Costs are
    those of the first recorded step with such a loss. Targets play no part, but a trial
    that one ended has no cost beyond it.

    Args:
        results: The results of a run.

    Returns:
        A table for each of `TOLERANCES`; empty if the FLOPs of no call are known, or if
        no problem's number of parameters or no two optimizers are known.

    References:
        Moré and Wild, "Benchmarking derivative-free optimization algorithms", SIAM
        Journal on Optimization 20, 2009, equations 2.2 and 2.8.
    """
    scales = _scales(results)
    if not scales:
        return {}
    walked = _walked(results)
    tables = {
        tolerance: cost_table(
            results,
            partial(_to_tolerance, walked=walked, scales=scales, tolerance=tolerance),
            UNIT,
            {problem for problem, _ in scales.values()},
        )
        for tolerance in TOLERANCES
    }
    return tables if tables[TOLERANCES[0]].competitors > 1 else {}


def _scales(results: Results) -> dict[str, tuple[str, Scale]]:
    """Return the problem and its scale, by the keys of its trials."""
    facts = {known["problem"]: known for known in results.run.facts}
    scales = {}
    for problem, records in results.of_problem.items():
        labels = {record.spec.problem_label for record in records}
        sizes = (facts.get(label, {}).get("parameters") for label in labels)
        n = next(filter(None, sizes), None)
        losses = [r.best_loss for r in records if r.best_loss is not None]
        if n is not None and losses:
            scale = Scale(n, min(losses))
            scales |= {record.key: (problem, scale) for record in records}
    return scales


def _walked(results: Results) -> dict[str, pd.DataFrame]:
    """Return the traces by key."""
    records = (record for group in results.groups for record in group.known)
    return {record.key: results.run.trace(record.key) for record in records}


def _to_tolerance(
    record: TrialRecord,
    prices: Prices,
    walked: Mapping[str, pd.DataFrame],
    scales: Mapping[str, tuple[str, Scale]],
    tolerance: float,
) -> float:
    _, scale = scales[record.key]
    trace = walked.get(record.key)
    if trace is None or not prices.get("forward"):
        return nan
    loss = trace["loss"].to_numpy(float)
    if not len(loss):
        return inf
    level = convergence_level(loss[0], scale.least, tolerance)
    if (row := first_reached(loss, level)) is None:
        return inf
    calls = {kind: trace[kind].to_numpy(float)[row] for kind in READINGS}
    spent = Spent(nan, nan, calls).amount(UNIT, prices)
    return float(spent) / prices["forward"] / (scale.parameters + 1)
