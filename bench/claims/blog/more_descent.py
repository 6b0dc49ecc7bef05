"""The networks of "More Descent, Less Gradient", run as published and made fair."""

from collections.abc import Mapping
from functools import cache
from math import inf, isfinite
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ...keeping.reading import Run
from ...measuring.lab import Lab
from ...running.in_process import experiment
from ...telling.summary import to_target
from ...telling.weigh import CALLS, forward_equivalents
from ..race import by_seed

CONFIGS = Path(__file__).parents[3] / "configs" / "more_descent"
WEIGHTS = {"forward": 1.0, "gradient": 3.0, "jvp": 2.0}
"""What each call counts for, in forward passes."""
PICK, QUICK_PICK = "seeds=[100, 101, 102]", "seeds=[100]"
"""Seeds on which learning rates are chosen, apart from those of any result."""


class Curve(NamedTuple):
    """A loss, float[n], against what had been spent on it, float[n]."""

    cost: np.ndarray
    loss: np.ndarray

    def at(self, cost: float) -> float:
        """Return the last loss that had cost no more."""
        known = np.flatnonzero(self.cost <= cost)
        return float(self.loss[known[-1]]) if len(known) else inf

    def first_below(self, loss: float) -> float:
        """Return the cost at which a loss no greater was first known, inf for never."""
        low = np.flatnonzero(self.loss <= loss)
        return float(self.cost[low[0]]) if len(low) else inf

    def rises(self) -> float:
        """Return by how much the loss rose in all, over the loss at the start."""
        return float(np.clip(np.diff(self.loss), 0, None).sum() / self.loss[0])


Curves = Mapping[str, Curve]
"""By label."""


def over(curves: Curves, label: str, rival: str) -> float:
    """Return one loss over another at the largest cost that both have paid."""
    paid = min(curves[label].cost[-1], curves[rival].cost[-1])
    return curves[label].at(paid) / curves[rival].at(paid)


def at_equal_cost(curves: Curves) -> list[str]:
    """Rank by the loss at the cost at which the first one ends."""
    counted = _counted(curves)
    paid = min(curves[label].cost[-1] for label in counted)
    return sorted(counted, key=lambda label: curves[label].at(paid))


def in_the_end(curves: Curves) -> list[str]:
    """Rank by the last loss."""
    return sorted(_counted(curves), key=lambda label: curves[label].loss[-1])


def _counted(curves: Curves) -> list[str]:
    return [label for label, curve in curves.items() if curve.cost[-1] < inf]


def published(name: str, full: bool, *sets: str) -> Run:
    """Run a config, at its quick size unless `full`."""
    return experiment(CONFIGS / f"{name}.toml", *sets, quick=not full, lab=_lab())


@cache
def tuned(name: str, full: bool) -> Run:
    """Run a config as `published` does, each optimizer `at_its_best`."""
    path = CONFIGS / f"{name}.toml"
    return at_its_best(path, pick=PICK if full else QUICK_PICK, quick=not full)


def at_its_best(
    config: str | Path, *sets: str, pick: str = QUICK_PICK, quick: bool = False
) -> Run:
    """Run each optimizer of a config at the point of its grid that is cheapest.

    The cheapest has the least median cost to the target over the seeds of `pick`;
    where none reaches it, the least median final loss.
    """
    first = experiment(config, *sets, pick, quick=quick, lab=_lab())
    chosen = [
        f"optimizers.{index}.grid.{key}=[{_cheapest(first, _label(entry), key)!r}]"
        for index, entry in enumerate(first.config["config"]["optimizers"])
        for key in entry["grid"]
    ]
    return experiment(config, *sets, *chosen, quick=quick, lab=_lab())


def costs(run: Run, label: str, cost: str = "forward_equivalents") -> np.ndarray:
    """Return what each seed of an optimizer paid for the target, inf for never.

    Args:
        run: Of one problem.
        label: The optimizer's.
        cost: "seconds", a kind of call, or "forward_equivalents".
    """
    mine = by_seed(run, label)
    return np.array([to_target(record, cost, WEIGHTS) for record in mine])


def as_published(run: Run, seconds: bool = False) -> Curves:
    """Return the curves by label, in forward passes.

    Each loss is the one before a step, and its cost the one after it. Every method
    pays a forward pass a step for nothing: SGD and Adam were given a closure.

    Args:
        run: Of one problem and one seed.
        seconds: On the clock instead, without that forward pass.
    """
    return {
        record["label"]: _curve(record["label"], run.trace(record["key"]), seconds)
        for record in run.records
    }


def _curve(label: str, trace: pd.DataFrame, seconds: bool) -> Curve:
    plain = spent(trace, seconds)
    closure = trace.step.to_numpy() if label in ("SGD", "Adam") and not seconds else 0
    return Curve((plain.cost + closure)[1:], plain.loss[:-1])


def spent(trace: pd.DataFrame, seconds: bool = False) -> Curve:
    """Return a trace's loss against forward passes, inf where a call has no weight."""
    readings: Any = {call: trace[call].to_numpy() for call in CALLS}
    cost = trace.seconds if seconds else forward_equivalents(readings, WEIGHTS)
    loss = trace.loss.fillna(inf).to_numpy()
    return Curve(np.where(np.isnan(cost), inf, cost), loss)


@cache
def _lab() -> Lab:
    """Return what all claims about these networks share: their compiled programs."""
    return Lab()


def _label(entry: dict[str, Any]) -> str:
    return entry["label"] or entry["name"]


def _cheapest(run: Run, label: str, key: str) -> float:
    found: dict[float, list[tuple[float, float]]] = {}
    for record in run.records:
        if record["label"] == label:
            value = record["optimizer"]["settings"][key]
            found.setdefault(value, []).append(_rank(record))
    return min(found, key=lambda value: tuple(np.median(found[value], axis=0)))


def _rank(record: dict[str, Any]) -> tuple[float, float]:
    loss = record["final_loss"]
    kept = loss if loss is not None and isfinite(loss) else inf
    return to_target(record, "forward_equivalents", WEIGHTS), kept
