"""Try settings in one sweep, and score each on each seed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import ceil
from typing import Any

import jax

from ..measuring.lab import Lab
from ..measuring.meter import READINGS, Kind
from ..measuring.sweep import Lane, sweep
from ..measuring.targets import last, rounding, target_losses
from ..planning.schema import TuningTable
from ..planning.spec import Budget, Spec
from .scores import Aim, score, spent, weights

Scores = dict[str, Any]


def tried(
    lab: Lab, spec: Spec, table: TuningTable, settings: Sequence[Mapping[str, Any]]
) -> list[dict[str, list[Scores]]]:
    """Return for each setting its scores on the seeds that choose and on the others.

    Args:
        lab: Where the problem is kept.
        spec: Problem and optimizer, with the settings that are fixed.
        table: What each lane may spend, and on which seeds.
        settings: What is put over the fixed ones.

    Returns:
        For each setting, `choose` and `score`: a row for each seed, in order, with
        `end` and the criteria of `scores.score`.
    """
    seeds = [*table.seeds, *table.score_seeds]
    lanes = [Lane(own, seed) for own in settings for seed in seeds]
    aim, parameters = _aim(lab, spec, table)
    steps, calls = bounds(table, parameters)
    # What a lane does beyond its target adds nothing to what it took to get there.
    target = spec.budget.target if table.criterion == "cost" else None
    budget = Budget(steps=steps, target=target)
    courses = sweep(lab, replace(spec, budget=budget), lanes, calls)
    rows = [
        {"end": c.end}
        | score(c.loss, spent(c.step, c.readings, table.unit, parameters), aim)
        for c in courses
    ]
    cut = len(table.seeds)
    each = [rows[i : i + len(seeds)] for i in range(0, len(rows), len(seeds))]
    return [{"choose": r[:cut], "score": r[cut:]} for r in each]


def bounds(table: TuningTable, parameters: int) -> tuple[int, dict[Kind, int]]:
    """Return the steps that a lane may take, and the calls of each kind it may make.

    They are enough to spend the budget, and what goes beyond it is not scored. A step
    takes a gradient at least.
    """
    most = ceil(table.budget)
    if table.unit == "forward_equivalents":
        prices = dict(zip(READINGS, weights(parameters), strict=True))
        calls: dict[Kind, int] = {
            kind: ceil(table.budget / prices[kind]) for kind in READINGS
        }
        return min(table.steps, calls["gradient"]), calls
    if table.unit == "steps":
        return min(table.steps, most), {}
    return table.steps, {kind: most for kind in READINGS if kind == table.unit}


def _aim(lab: Lab, spec: Spec, table: TuningTable) -> tuple[Aim, int]:
    optimum = lab.optimum(spec)
    targets = target_losses(spec.budget.target, optimum, spec.dtype)
    params = jax.eval_shape(lab.problem(spec).init, jax.random.key(0))
    parameters = sum(leaf.size for leaf in jax.tree.leaves(params))
    least = 0.0 if optimum is None else optimum
    floor = rounding(least, spec.dtype)
    return Aim(last(targets), least, floor, table.unit, table.budget), parameters
