"""The angle between successive gradients, and the number of moves along each."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import inf, nan
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import bench
import optimizers
import problems

from .. import Check, Evidence, claim, within
from ..descent import descend
from ..tuning import at_best
from .more_descent import rate, traces

NET = {"rows": 1_000, "columns": 20, "hidden": [10] * 6, "activation": "none"}
RELU_NET = {"rows": 1_000, "columns": 10, "hidden": [10] * 4, "activation": "relu"}
LOGISTIC = {"rows": 500, "columns": 10, "l2": 0.01}
PROBLEMS: dict[str, tuple[str, dict[str, Any], str]] = {
    "figure 9's net": ("mlp", NET, "loss = 0.2"),
    "figure 12's net": ("mlp", RELU_NET, "loss = 0.1"),
    "logistic regression": ("logistic_regression", LOGISTIC, "suboptimality = 1e-3"),
    "quadratic": ("quadratic", {"condition": 100.0}, "suboptimality = 0.02"),
}
"""Factory, settings and target."""
CONFIG = """
name = "direction-persists"
seeds = 10
every_step = true
budget = { seconds = 60, gradients = 2000, forwards = 6000 }
optimizers = [
  { name = "sgd", grid.learning_rate = [3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0] },
  { name = "keep_stepping_published", label = "KS_50_0", grid.learning_rate = [
    1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0 ], max_steps = 50 },
]
"""
HARDLY = within(high=8.0)
"""Degrees between two gradients whose directions hardly differ."""
SHARE = 0.1


@claim(
    source="blog",
    sentence="Early in training the direction of the gradient hardly changes from step "
    "to step.",
    condition=f"the learning rate is {SHARE:g} of the best one",
)
def direction_persists() -> Evidence:
    """Run SGD at its best learning rate and below, and KS_50_0 at its best one."""
    checks, cosines, moves = [], {}, {}
    for name, (factory, settings, target) in PROBLEMS.items():
        table = "".join(f", {key} = {value!r}" for key, value in settings.items())
        config = f"{CONFIG}\nproblems = [{{ name = '{factory}'{table} }}]"
        run = at_best(config, f"budget.target={{ {target} }}")
        problem: Any = problems.make(factory, **settings)
        best, steps = rate(run, "sgd"), max(map(len, traces(run, "sgd"))) - 1
        cosines[name] = walk(problem, best, steps)
        slow = walk(problem, SHARE * best, int(steps / SHARE))
        moves[name] = _moves(run, problem.optimum() or 0.0)
        what = f"{name}: angle of successive gradients, first half, ε = {{:g}}"
        first, slowly = (degrees(halves(*x)[0]) for x in (cosines[name], slow))
        checks.append(Check(what.format(best), first, HARDLY, unit="degrees"))
        what = what.format(SHARE * best)
        checks.append(Check(what, slowly, HARDLY, "repaired", "degrees"))
        what = f"{name}: moves of KS_50_0 along a gradient, first half"
        checks.append(Check(what, halves(*moves[name])[0], unit="moves"))
    return Evidence(checks, lambda figure: _draw(cosines, moves, figure))


def walk(problem: Any, learning_rate: float, steps: int, seeds: int = 10) -> Any:
    """Return (f - f*) over the start's and gradients' cosines, float[seeds, steps]."""

    def see(objective: Any, before: Any, after: Any, gradient: Any) -> Any:
        a, b = (ravel_pytree(g)[0] for g in (gradient, jax.grad(objective)(after)))
        cosine = jnp.vdot(a, b) / (jnp.linalg.norm(a) * jnp.linalg.norm(b))
        return objective(before), cosine

    sgd = optimizers.make("sgd", learning_rate=learning_rate)
    losses, cosines = map(np.asarray, descend(problem, sgd, steps, see, seeds=seeds)[1])
    above = losses - (problem.optimum() or 0.0)
    return above / above[:, :1], cosines


def _moves(run: bench.Run, optimum: float) -> tuple[list, list]:
    """Return (f - f*) over the start's before each step of KS_50_0, and its moves."""
    runs = traces(run, "KS_50_0")
    above = [trace.loss.to_numpy()[:-1] - optimum for trace in runs]
    return [x / x[0] for x in above], [np.diff(t.forward) - 1.0 for t in runs]


def halves(left: Iterable[Any], seen: Iterable[Any]) -> list[list[float]]:
    """Return medians over the steps of two halves, float[seeds] each.

    The first half lasts while more than half of f - f* is left, the second until 1 %.
    """
    pairs = list(zip(left, seen, strict=True))
    parts = [
        [y[(x <= most) & (x > least)] for x, y in pairs]
        for most, least in pairwise((inf, 0.5, 0.01))
    ]
    return [[float(np.median(y)) if len(y) else nan for y in part] for part in parts]


def degrees(cosines: Iterable[float]) -> np.ndarray:
    """Return the angles of cosines, which rounding may take beyond 1."""
    return np.degrees(np.arccos(np.clip(list(cosines), -1, 1)))


def _draw(cosines: Mapping, moves: Mapping, figure: Any) -> None:
    """Plot cosines and moves against f - f* over the start's, by problem."""
    left, right = figure.subplots(1, 2)
    small = {"markersize": 3, "markeredgewidth": 0}
    for axes, seen in ((left, cosines), (right, moves)):
        for name, style in bench.line_styles(seen).items():
            (x, *_), (y, *_) = seen[name]
            axes.plot(x, y, label=name, **style.line | small)
        axes.set(
            xlabel="f - f* over the start's, seed 0", xscale="log", xlim=(1.5, 5e-3)
        )
        axes.axvline(0.5, color="#7F7F7F", linestyle=":", linewidth=1)
    left.set(ylabel="cosine of a gradient with the next", title="SGD at its best ε")
    right.set(ylabel="moves walked along a gradient", title="KS_50_0 at its best ε")
    right.legend(loc="upper right")
