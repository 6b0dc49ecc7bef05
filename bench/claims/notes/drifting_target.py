"""Constant learning rates and 1/k side by side, the optimum at rest and moving."""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
import optax
from numpy.typing import NDArray

import optimizers
from optimizers.settings import Rate

from ...keeping.reading import Run
from ...statistics.intervals import interval
from ..claim import Form, Number
from .noise_floor import expected

CURVATURES = np.logspace(0, -np.log10(3), 50)
STEPS = 10_000
DRIFT = 0.01
FIRST = 0.4
"""ε₀ of every 1/k."""
CONFIG = f"""
name = "drifting-target"
seeds = 10
budget = {{ steps = {STEPS} }}
[[problems]]
name = "quadratic"
dimension = 50
condition = 3.0
noise = 1.0
[[optimizers]]
name = "bench.claims.notes.drifting_target:drifting"
label = "constant"
batch = {{ size = 1, stream = true }}
[optimizers.grid]
drift = [{DRIFT}, 0.0]
learning_rate = [0.05, 0.1, 0.2]
[[optimizers]]
name = "bench.claims.notes.drifting_target:drifting"
label = "1/k"
batch = {{ size = 1, stream = true }}
[optimizers.grid]
drift = [{DRIFT}, 0.0]
learning_rate = [
  {{ schedule = "one_over_k", init_value = {FIRST}, tau = 10.0 }},
  {{ schedule = "one_over_k", init_value = {FIRST}, tau = 100.0 }},
  {{ schedule = "one_over_k", init_value = {FIRST}, tau = 1000.0 }},
]
"""
MOVES = "optimizer.settings.drift"
RATE = "optimizer.settings.learning_rate"
Name = tuple[str, float]
"""Of a setting: "constant" and ε, or "1/k" and τ."""


def drifting(learning_rate: Rate, drift: float) -> optax.GradientTransformation:
    """x_{k+1} = x_k - ε_k g_k + d, as seen by one who moves with the optimum.

    Args:
        learning_rate: ε, > 0, or a schedule.
        drift: d, how far the optimum moves in a step along every axis.
    """

    def carry(updates: Any, params: Any) -> Any:
        del params
        return jax.tree.map(lambda u: u + jax.numpy.asarray(drift, u.dtype), updates)

    sgd: Any = optimizers.make("sgd", learning_rate=learning_rate)
    return optax.chain(sgd, optax.stateless(carry))


def numbers(run: Run) -> list[Number]:
    """Return ratios of the best 1/k to the best constant, and each with its formula."""
    left = _left(run.trials)
    moving = {name: losses for (drift, name), losses in left.items() if drift}
    resting = {name: losses for (drift, name), losses in left.items() if not drift}
    return [
        _ratio("as it stands", "the optimum moving", moving),
        _ratio("beside", "the optimum at rest", resting),
        *(_followed(kind, value, losses) for (kind, value), losses in moving.items()),
    ]


def curves(run: Run) -> dict[str, tuple[NDArray, NDArray]]:
    """Return suboptimality against steps as the optimum moves, for the first seed."""
    trials = run.trials.query(f"seed == 0 and `{MOVES}` > 0")
    traces = {name: run.trace(mine.key.item()) for name, mine in _settings(trials)}
    return {
        _words(*name): (trace.step[1:], trace.suboptimality[1:])
        for (_, name), trace in traces.items()
    }


def _settings(trials: Any) -> Iterator[tuple[tuple[float, Name], Any]]:
    """Yield (drift, name of the setting) and its trials, a seed each."""
    value = trials[RATE].astype(float).fillna(trials[f"{RATE}.tau"])
    for (drift, kind, one), mine in trials.groupby([MOVES, "label", value]):
        yield (drift, (kind, one)), mine.sort_values("seed")


def _left(trials: Any) -> dict[tuple[float, Name], NDArray]:
    """Return what is left after the last step, float[seeds], by drift and setting."""
    return {name: mine.final_loss.to_numpy() for name, mine in _settings(trials)}


def _ratio(form: Form, what: str, left: dict[Name, NDArray]) -> Number:
    def best(kind: str) -> NDArray:
        mine = [losses for (its, _), losses in left.items() if its == kind]
        return min(mine, key=np.median)

    ratio = interval(best("1/k") / best("constant"))
    what = f"suboptimality of the best 1/k over that of the best constant ε, {what}"
    return Number(form, what, np.nan, *ratio[:3], "times")


def _followed(kind: str, value: float, losses: NDArray) -> Number:
    rates = np.full(STEPS, value)
    if kind == "1/k":
        rates = FIRST * value / (value + np.arange(STEPS))
    predicted = expected(rates, CURVATURES, 1.0, DRIFT)[-1]
    what = f"suboptimality with the optimum moving, {_words(kind, value)}"
    return Number("beside", what, predicted, *interval(losses)[:3])


def _words(kind: str, value: float) -> str:
    return f"{kind}, {'ε' if kind == 'constant' else 'τ'} = {value:g}"
