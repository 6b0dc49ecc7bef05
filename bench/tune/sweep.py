"""Run settings in one sweep and score each on each seed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import ceil, floor
from typing import Any

from ..config.criterion import scored_metric
from ..config.schema import TuningTable
from ..core.costs import COSTS, Prices
from ..core.fit import Fit
from ..core.readings import READINGS
from ..core.spec import Budget, Spec
from ..measurement.budget import UNLIMITED, last, listed, rounding, target_losses
from ..measurement.call_times import one_blas_thread
from ..measurement.nominal import nominal
from ..measurement.runtime import Runtime
from ..measurement.scored import Scored
from ..measurement.sweep import SweepTrial, sweep
from ..measurement.sweep_progress import SweepTrace
from .scores import Aim, Ended, metric_score, score, spent
from .search import NotTuned


def try_settings(
    runtime: Runtime,
    spec: Spec,
    table: TuningTable,
    settings: Sequence[Mapping[str, Any]],
    tell: Callable[[Fit], None] = lambda fit: None,
) -> list[dict[str, list[dict[str, Any]]]]:
    """Return for each setting its scores on the seeds that choose and on the others.

    Args:
        runtime: Holds the problem.
        spec: Problem and optimizer, with the fixed settings.
        table: The config's `[tuning]`.
        settings: Each replaces or adds to the fixed ones.
        tell: As of `sweep`.

    Returns:
        For each setting, `choose` and `score`: a row for each seed, in order, with
        `end` and the criteria of `scores.score` or `scores.metric_score`.

    Raises:
        NotTuned: One step costs more than the budget of a setting.
        ProblemError: The problem lacks the metric that decides, or its examples.
    """
    seeds = [*table.seeds, *table.score_seeds]
    trials = [SweepTrial(own, seed) for own in settings for seed in seeds]
    scored = _scored(spec, table)
    aim, prices = _aim(runtime, spec, table)
    steps, calls = bounds(table, prices)
    if scored is not None:
        steps = min(steps, steps_within(table, prices))
    # Steps after the target do not change the cost to it.
    of_loss = table.criterion == "cost" and scored is None
    target = spec.budget.target if of_loss else None
    own = replace(spec, budget=Budget(steps=steps, target=target))
    with one_blas_thread():  # sweeps run side by side
        if max(prices.values()) > table.budget and COSTS[table.unit].priced:
            _refuse_dear(sweep(runtime, own, trials[:1], calls)[0], table, prices)
        traces = sweep(runtime, own, trials, calls, scored=scored, tell=tell)
    rows = [_row(trace, table, prices, aim, scored) for trace in traces]
    cut = len(table.seeds)
    by_setting = [rows[i : i + len(seeds)] for i in range(0, len(rows), len(seeds))]
    return [{"choose": r[:cut], "score": r[cut:]} for r in by_setting]


def _scored(spec: Spec, table: TuningTable) -> Scored | None:
    """Return the metric that decides, with its hardest value if it is the target."""
    metric, target = scored_metric(table, spec.budget.target), spec.budget.target
    if metric is None:
        return None
    values = listed(target.value) if target and table.criterion == "cost" else []
    return Scored.of(metric, values, spec.dtype)


def _row(
    trace: SweepTrace,
    table: TuningTable,
    prices: Prices,
    aim: Aim,
    scored: Scored | None,
) -> dict[str, Any]:
    costs = spent(trace.step, trace.readings, table.unit, prices)
    if scored is None:
        return {"end": trace.end} | score(trace.loss, costs, aim)
    ended = Ended(trace.end == "diverged", trace.last_loss)
    by, target = scored
    found = metric_score(trace.loss, costs, by, target, table.budget, ended)
    return {"end": trace.end} | found


def _refuse_dear(trace: SweepTrace, table: TuningTable, prices: Prices) -> None:
    """Refuse to tune if one step costs more than the budget of a setting.

    All settings would have the same few losses, and the choice would be a mere draw.

    Raises:
        NotTuned: The trial ended after one step, by its budget.
    """
    used = spent(trace.step, trace.readings, table.unit, prices)[-1]
    if trace.end == "budget" and trace.step[-1] == 1 and used > table.budget:
        raise NotTuned(
            f"one step costs {used:.4g} {table.unit} at nominal prices, more than the "
            f"budget of a setting, {table.budget:.4g}"
        )


def bounds(table: TuningTable, prices: Prices) -> tuple[int, dict[str, int]]:
    """Return the most steps of a trial, and the most calls of each kind.

    They suffice to spend the budget; a cost above it is not scored. A step makes at
    least one gradient.
    """
    most = ceil(table.budget)
    if COSTS[table.unit].priced:
        calls = {
            kind: min(UNLIMITED, ceil(table.budget / prices[kind])) for kind in READINGS
        }
        return min(table.steps, calls["gradient"]), calls
    if table.unit == "steps":
        return min(table.steps, most), {}
    return table.steps, {table.unit: most}


_OF_A_STEP = ("steps", "gradient")
"""The units of which a step of one gradient costs 1."""


def steps_within(table: TuningTable, prices: Prices) -> int:
    """Return the most steps of one gradient each that cost no more than the budget.

    A trial that ends there is evaluated there; one that ends above the budget counts up
    to its last evaluation before, which may be many steps earlier.
    """
    if COSTS[table.unit].priced:
        return max(1, floor(table.budget / prices["gradient"]))
    return max(1, floor(table.budget)) if table.unit in _OF_A_STEP else table.steps


def _aim(runtime: Runtime, spec: Spec, table: TuningTable) -> tuple[Aim, Prices]:
    optimum = runtime.optimum(spec)
    first = runtime.first_loss(spec)
    targets = target_losses(spec.budget.target, optimum, spec.dtype, first)
    prices = nominal(runtime.problem(spec), runtime.start(spec))
    least = 0.0 if optimum is None else optimum
    noise = rounding(least, spec.dtype)
    return Aim(last(targets), least, noise, table.budget), prices
