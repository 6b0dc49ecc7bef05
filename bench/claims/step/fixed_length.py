"""Steps of fixed length against steps in proportion to the gradient, each tuned."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd

import optimizers
import problems

from ...keeping.reading import Run
from ...running.in_process import experiment
from ...running.single import measure
from ...statistics.intervals import interval, median
from ..claim import Form, Number, Verdict, word
from ..draw import lines
from .tuned import to_level, to_target

NEAR, FAR = 1e-6, 1e-1
LEVELS = np.geomspace(NEAR, 1, 25)
NAMES = {"sgd": "gradient", "fixed": "fixed length", "decayed": "length c τ/(τ + k)"}
CONVEX = f"""
name = "convex"
seeds = 10
dtype = "float64"
budget = {{ steps = 5000, target = {{ suboptimality = {NEAR} }} }}
[[problems]]
name = "quadratic"
condition = 10.0
[[problems]]
name = "logistic_regression"
rows = 500
columns = 5
condition = 10.0
l2 = 0.01
start_scale = 2.0
[[optimizers]]
name = "sgd"
grid.learning_rate = [1.4, 5.6, 11.2]
[[optimizers]]
name = "normalized_sgd"
label = "fixed"
grid.length = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3]
[[optimizers]]
name = "normalized_sgd"
label = "decayed"
length = 1.0
grid.tau = [10.0, 100.0]
"""
# λmax(XXᵀ/4m) = 1/4 bounds the Hessian: up to a rate of 8 the loss cannot rise
SEPARABLE = """
name = "separable"
seeds = 10
dtype = "float64"
budget = { steps = 1000, target = { loss = 0.02 } }
problems = [
  { name = "logistic_regression", rows = 200, columns = 5, separable = true, l2 = 0.0 },
]
optimizers = [
  { name = "sgd", label = "stable sgd", grid = { learning_rate = [1.0, 8.0] } },
  { name = "sgd", learning_rate = 64.0 },
  { name = "normalized_sgd", label = "fixed", grid = { length = [0.1, 1.0, 8.0] } },
]
"""
PLATEAU = """
name = "plateau"
seeds = 10
dtype = "float64"
budget = { steps = 500, target = { loss = 2.0 } }
optimizers = [
  { name = "sgd", grid = { learning_rate = [0.1, 0.2, 0.4] } },
  { name = "normalized_sgd", label = "fixed", grid = { length = [0.1, 0.2, 0.4] } },
]
[[problems]]
name = "mlp"
rows = 200
columns = 5
activation = "tanh"
hidden = [10, 10, 10, 10, 10, 10, 10, 10, 10, 10]
"""


def judge(numbers: list[Number]) -> str:
    """The fixed length needs more steps to a suboptimality of 1e-6, on each problem.

    More is a ratio above 1 with all of its interval; both are the best of their grid,
    seed by seed.
    """
    ratios = [n for n in numbers if n.form == "as it stands"]
    return word(bool(ratios) and all(n.low > 1 for n in ratios))


def run(full: bool, folder: Path | None) -> Verdict:
    """Count steps to targets near and far on convex problems, and where f is flat."""
    del full, folder
    convex = experiment(CONVEX)
    names = list(dict.fromkeys(convex.trials.problem_label))
    numbers = [n for name in names for n in _convex(convex, name)] + _flat()
    with jax.enable_x64(True):
        numbers += _floor()
    curves = {
        f"{said}, {name.split('_')[0]}": (LEVELS, _medians(convex, name, label))
        for name in names
        for label, said in NAMES.items()
    }
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, curves))


def _convex(run: Run, name: str) -> list[Number]:
    near, far = to_target(run, name), to_level(run, name, FAR)
    return [
        _ratio(near, "fixed", f"suboptimality {NEAR:g}, {name}", "as it stands"),
        _ratio(far, "fixed", f"suboptimality {FAR:g}, {name}"),
        _ratio(near, "decayed", f"suboptimality {NEAR:g}, {name}"),
    ]


def _flat() -> list[Number]:
    parted, plateau = (to_target(experiment(it)) for it in (SEPARABLE, PLATEAU))
    every = parted.assign(sgd=parted[["sgd", "stable sgd"]].min(axis=1))
    what = "loss 0.02, separable data without penalty"
    return [
        _ratio(parted, "fixed", what, rival="stable sgd"),
        _ratio(every, "fixed", what),
        _ratio(plateau, "fixed", "loss 2, plateau of a deep tanh net"),
    ]


def _medians(run: Run, name: str, label: str) -> list[float]:
    return [median(to_level(run, name, level)[label]) for level in LEVELS]


def _ratio(
    steps: pd.DataFrame, label: str, what: str, form: Form = "beside", rival="sgd"
) -> Number:
    what = f"{NAMES[label]}, steps over those of {rival}: {what}"
    return Number(form, what, np.nan, *interval(steps[label] / steps[rival])[:3])


def _floor(length: float = 0.1) -> list[Number]:
    """Where all λ = 1, x ends at ±r and ±(c - r) in turn, r = ‖x₀‖ mod c."""
    settings = {"dimension": 3, "condition": 1.0, "dtype": "float64"}
    problem: Any = problems.make("quadratic", **settings)
    optimizer: Any = optimizers.make("normalized_sgd", length=length)
    losses = sorted(measure(problem, optimizer, steps=200).loss[-2:])
    rest = float(np.linalg.norm(problem.init(jax.random.key(0)))) % length
    what = f"of the last two losses, length {length:g}, all λ = 1"
    low, high = (r**2 / 2 for r in sorted((rest, length - rest)))
    return [
        Number("beside", f"lesser {what}", low, losses[0]),
        Number("beside", f"greater {what}", high, losses[1]),
    ]


def _finding(numbers: list[Number]) -> str:
    near, far, decayed, *others, stable, every, plateau = (
        f"{n.measured:.3g}" for n in numbers if "steps over" in n.what
    )
    return (
        f"Each tuned, a fixed length needs {near} times sgd's steps to a suboptimality "
        f"of {NEAR:g} on the quadratic and {others[0]} times on logistic regression; "
        f"to {FAR:g}, {far} and {others[1]} times; with c τ/(τ + k), {decayed} and "
        f"{others[2]} times. Where f is flat: {plateau} times on a plateau, and on "
        f"separable data {stable} times those at rates up to 2/L, yet {every} times "
        "where longer rates are tried."
    )


def _draw(curves: dict, figure: Any) -> None:
    labels = ("suboptimality to be reached", "steps, best of grid, median of 10 seeds")
    axes = lines(figure, curves, *labels, x_log=True)
    axes.invert_xaxis()
    axes.set_ylim(bottom=0.9)
