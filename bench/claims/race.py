"""Optimizers against each other, each at the learning rate chosen on other seeds."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..keeping.reading import Run
from ..measuring.lab import Lab
from ..running.in_process import experiment
from ..telling.listing import toml

SEEDS = 10
CHOOSING = 100
"""The seed on which learning rates are chosen; those of the race are 0, 1, ..., 9."""


def race(config: str, *sets: str, lab: Lab) -> Run:
    """Run a config of one problem with a target, after a choice of learning rates.

    Every entry has a label and a grid of learning rates, of which the one that gets to
    the target in the fewest steps runs on ten seeds, all optimizers in turn.
    """
    trials = experiment(config, *sets, f"seeds=[{CHOOSING}]", lab=lab).records
    labels = dict.fromkeys(record["label"] for record in trials)
    chosen = [_best([r for r in trials if r["label"] == label]) for label in labels]
    rates = [
        f"optimizers.{place}.grid.learning_rate=[{_toml(rate)}]"
        for place, rate in enumerate(chosen)
    ]
    return experiment(config, *sets, *rates, f"seeds={SEEDS}", lab=lab)


def cost(run: Run, label: str, what: str) -> NDArray:
    """Return an optimizer's cost to the target, float[seeds], inf where it failed.

    Args:
        run: Of a race.
        label: The optimizer's.
        what: `seconds`, `examples` or `steps`.
    """
    mine = by_seed(run, label)
    return np.array([r[what] if r["end"] == "target" else np.inf for r in mine])


def by_seed(run: Run, label: str) -> list[dict[str, Any]]:
    """Return an optimizer's records in the order of their seeds, to pair them."""
    mine = (record for record in run.records if record["label"] == label)
    return sorted(mine, key=lambda record: record["seed"])


def _best(records: list[dict[str, Any]]) -> Any:
    """Return the learning rate with the fewest steps to the target, or least loss."""

    def rank(record: dict[str, Any]) -> tuple[float, float]:
        steps = record["steps_to_target"]
        return (np.inf if steps is None else steps), record["best_loss"]

    return min(records, key=rank)["optimizer"]["settings"]["learning_rate"]


def _toml(value: Any) -> str:
    if not isinstance(value, dict):
        return toml(value)
    return f"{{ {', '.join(f'{key} = {toml(v)}' for key, v in value.items())} }}"
