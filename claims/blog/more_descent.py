"""The networks of "More Descent, Less Gradient", and losses against costs."""

from collections.abc import Mapping, Sequence
from functools import cache
from math import inf
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bench

from ..tuning import CHOOSING, PRICES, at_best

CONFIGS = Path(__file__).parents[2] / "configs" / "more_descent"
Curves = Mapping[str, pd.Series]
"""By label, losses indexed by their cost."""


def at(curve: pd.Series, cost: float) -> float:
    """Return the last loss whose cost is at most `cost`, inf for none."""
    affordable: Any = curve[curve.index <= cost]
    return float(affordable.iloc[-1]) if len(affordable) else inf


def over(curves: Curves, label: str, rival: str) -> float:
    """Return one loss over another at the largest cost that both have reached."""
    pair = curves[label], curves[rival]
    largest = min(curve.index[-1] for curve in pair)
    return at(pair[0], largest) / at(pair[1], largest)


def published(name: str, full: bool, *sets: str, only: Sequence[str] = ()) -> bench.Run:
    """Run a config, at its quick size unless `full`, with the optimizers of `only`."""
    kept = [f"optimizer={label}" for label in only]
    path = CONFIGS / f"{name}.toml"
    return bench.experiment(path, *sets, only=kept, quick=not full)


@cache
def tuned(name: str, full: bool) -> bench.Run:
    """Run a config as `published` does, each optimizer at its best settings."""
    choosing = (100, 101, 102) if full else CHOOSING
    return at_best(CONFIGS / f"{name}.toml", choosing=choosing, quick=not full)


def rate(run: bench.Run, label: str) -> float:
    """Return an optimizer's learning rate."""
    rates: Any = run.trials["optimizer.settings.learning_rate"]
    return float(rates[run.trials.label == label].iloc[0])


def traces(run: bench.Run, label: str) -> list[pd.DataFrame]:
    """Return an optimizer's traces in the order of their seeds."""
    chosen: Any = run.traces[run.traces.optimizer == label]
    return [trace for _, trace in chosen.groupby("seed")]


def as_published(run: bench.Run, seconds: bool = False) -> Curves:
    """Return the curves by label, in forward passes.

    Each loss is the one before a step, and its cost the one after it. As in the source,
    where SGD and Adam received a closure, every step has one more forward pass than it
    needs. With `seconds` costs are seconds on the clock, without that forward pass.
    """
    by_label = run.traces.groupby("optimizer", sort=False)
    return {str(label): _curve(str(label), t, seconds) for label, t in by_label}


def _curve(label: str, trace: pd.DataFrame, seconds: bool) -> pd.Series:
    plain = spent(trace, seconds)
    closure = trace.step.to_numpy() if label in ("SGD", "Adam") and not seconds else 0
    return pd.Series(plain.to_numpy()[:-1], (plain.index + closure)[1:])


def spent(trace: Any, seconds: bool = False) -> pd.Series:
    """Return a trace's loss by forward passes, inf if a call has no price."""
    cost = trace.seconds if seconds else bench.cost_of_calls(trace, PRICES)
    loss = trace.loss.fillna(inf).to_numpy()
    return pd.Series(loss, np.where(np.isnan(cost), inf, cost))
