"""Compare optimizers, each with the best settings of its grid."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import product
from math import inf, isfinite
from pathlib import Path
from typing import Any

import jax
import numpy as np

import bench

PRICES = bench.nominal_prices()
"""The nominal prices of the calls that cost the same on every problem."""
CHOOSING = (100,)
"""Seeds on which settings are chosen, different from those of any result."""


def at_best(
    config: str | Path,
    *sets: str,
    cost: str = "forward_equivalents",
    choosing: tuple[int, ...] = CHOOSING,
    only: Sequence[str] = (),
    quick: bool = False,
) -> bench.Run:
    """Run each optimizer of a config with the settings of its grid that are cheapest.

    The cheapest have the least median cost to the target on other seeds; if none
    reaches it, the least median final loss.

    Args:
        config: A config of one problem with a target; optimizers that share a name
            need labels. An optimizer without a grid runs with its settings.
        *sets: `dotted.key=value`, each replacing a value of the config.
        cost: The unit by which settings are chosen: "forward_equivalents" or "steps".
        choosing: Seeds on which they are chosen.
        only: Labels of optimizers to keep; all if empty.
        quick: At the quick size that the config states.
    """
    kept = [f"optimizer={label}" for label in only]
    seeds = f"seeds={list(choosing)}"
    first = _run(config, *sets, seeds, only=kept, quick=quick)
    places = _places(config)
    chosen = [
        f"optimizers.{places[_label(entry)]}.grid.{key}=[{_toml(value)}]"
        for entry in first.config["optimizers"]
        for key, value in _cheapest(first, entry, cost).items()
    ]
    return _run(config, *sets, *chosen, only=kept, quick=quick)


def _places(config: str | Path) -> dict[str, int]:
    """Return the place of each optimizer in a config, by label."""
    text = config.read_text("utf-8") if isinstance(config, Path) else config
    entries = tomllib.loads(text)["optimizers"]
    return {_label(entry): place for place, entry in enumerate(entries)}


def _label(entry: Mapping[str, Any]) -> str:
    return entry.get("label") or entry["name"]


def costs(
    run: bench.Run,
    label: str,
    cost: str = "forward_equivalents",
    prices: Mapping[str, float] | None = None,
) -> np.ndarray:
    """Return an optimizer's cost to the target, float[seeds], inf if not reached.

    Args:
        run: A run of one problem.
        label: The optimizer's.
        cost: "seconds", "steps", "examples", a kind of call, or
            "forward_equivalents".
        prices: Of each kind of call, in forward passes; None for the nominal ones.
    """
    records = by_seed(run, label)
    spent = np.array([_cost(record, cost, prices) for record in records])
    if np.isnan(spent).any():
        raise bench.BenchError(f"{label}: it makes calls without a price in {cost}")
    return spent


def by_seed(run: bench.Run, label: str) -> list[bench.TrialRecord]:
    """Return an optimizer's records in the order of their seeds, to pair them."""
    chosen = (record for record in run.records if record.spec.label == label)
    return sorted(chosen, key=lambda record: record.spec.seed)


def _cheapest(run: bench.Run, entry: dict[str, Any], cost: str) -> dict[str, Any]:
    """Return the cheapest point of an optimizer's grid."""
    records = by_seed(run, _label(entry))
    grid = entry["grid"]
    points = [dict(zip(grid, at, strict=True)) for at in product(*grid.values())]

    def rank(point: dict[str, Any]) -> tuple[float, ...]:
        of = [r for r in records if point.items() <= r.spec.optimizer.settings.items()]
        ranks = [_rank(record, cost) for record in of]
        return tuple(np.median(ranks, axis=0))

    return min(points, key=rank)


def _rank(record: bench.TrialRecord, cost: str) -> tuple[float, float]:
    loss = record.final_loss
    known = loss if loss is not None and isfinite(loss) else inf
    return _cost(record, cost), known


def _cost(
    record: bench.TrialRecord, cost: str, prices: Mapping[str, float] | None = None
) -> float:
    """Return a record's cost to its target, by default at nominal prices."""
    if prices is None and cost == "forward_equivalents":
        problem = _runtime().problem(record.spec)
        params = jax.eval_shape(problem.init, jax.random.key(0))
        size = sum(leaf.size for leaf in jax.tree.leaves(params))
        prices = bench.nominal_prices(size, problem.train.features)
    return record.cost_to_target(cost, prices or {})


def _run(config: str | Path, *sets: str, **settings: Any) -> bench.Run:
    return bench.experiment(config, *sets, **settings, runtime=_runtime())


_runtime = cache(lambda: bench.Runtime())
"""The problems and compiled programs, which all claims share."""


def _toml(value: Any) -> str:
    if not isinstance(value, dict):
        return json.dumps(value)
    return f"{{ {', '.join(f'{key} = {_toml(v)}' for key, v in value.items())} }}"
