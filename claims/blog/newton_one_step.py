"""One Newton step on linear regression, by size, conditioning, dtype and rank."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import numpy as np

import bench
import optimizers
import problems

from .. import Check, Evidence, Form, claim, lines, within

CONDITIONS = {"float32": (1.0, 1e3, 1e6, 1e8, 1e12), "float64": (1.0, 1e6, 1e14, 1e16)}
SIZES = ((1_000, 4), (10_000, 11))
FULL_SIZE = (1_000_000, 11)
DATA_SETS = 5
TWICE, DAMPED = "a column twice", "a column twice, damping 1e-3"
ROUNDOFF = {"float32": 2.0**-24, "float64": 2.0**-53}
"""u; the most of the start's loss that may be left is u."""
SOLVABLE = 0.1
"""κ u up to which the repaired sentence promises a solution."""


@claim(
    source="blog",
    sentence="One Newton step solves linear regression, whatever the rows and columns.",
    condition=f"κ u ≤ {SOLVABLE:g}, κ the condition of XᵀX and u the unit roundoff",
)
def newton_one_step(full: bool) -> Evidence:
    """Step on data without noise, where the least loss is 0.

    The step solves XᵀX d = g by Cholesky's factor, which has no correct digit left at
    κ u near 1, although the columns are independent.
    """
    make: Any = partial(problems.make, "linear_regression")
    checks, curves = [], {}
    with jax.enable_x64(True):
        for rows, columns in (*SIZES, FULL_SIZE) if full else SIZES:
            problem = make(dataset="blog", rows=rows, columns=columns)
            name = f"{rows:,} × {columns}"
            _add(checks, curves, "float32", name, [problem], ("as it stands",))
        for dtype, conditions in CONDITIONS.items():
            for condition in conditions:
                some = _conditioned(make, dtype, condition)
                forms: tuple[Form, ...] = ("as it stands",)
                if condition * ROUNDOFF[dtype] <= SOLVABLE:
                    forms = ("as it stands", "repaired")
                _add(checks, curves, dtype, f"κ = {condition:g}", some, forms)
        twice = [_twice(problem) for problem in _conditioned(make, "float64", 10.0)]
        _add(checks, curves, "float64", TWICE, twice, ("as it stands",))
        _add(checks, curves, "float64", DAMPED, twice, ("beside",), damping=1e-3)
    labels = "Newton steps", "loss over loss at the start"
    return Evidence(checks, lines(curves, *labels, dots=True, ticks=(0, 1, 2)))


def _conditioned(make: Any, dtype: str, condition: float) -> list[Any]:
    """Return problems of different data, XᵀX/m of exactly this condition number."""
    settings = {"rows": 1_000, "columns": 11, "noise": 0.0, "condition": condition}
    seeds = range(DATA_SETS)
    return [make(dtype=dtype, data_seed=seed, **settings) for seed in seeds]


def _twice(problem: Any) -> Any:
    """Return the problem with its first column in place of the second."""
    inputs = problem.train.inputs.at[1].set(problem.train.inputs[0])
    train = problem.train._replace(inputs=inputs, targets=inputs.sum(0))
    return replace(problem, train=train)


def _add(
    checks: list[Check],
    curves: dict[str, Any],
    dtype: str,
    name: str,
    some: Sequence[Any],
    forms: Sequence[Form],
    damping: float = 0.0,
) -> None:
    """Step on some problems, and check the one with the most loss left."""
    losses = max((_losses(problem, damping) for problem in some), key=lambda x: x[1])
    worst = f", worst of {len(some)} data sets" * (len(some) > 1)
    what = f"loss left of the start's after one step, {dtype}, {name}{worst}"
    solved = within(high=ROUNDOFF[dtype])
    checks += [Check(what, losses[1], solved, form) for form in forms]
    curves[f"{dtype}, {name}"] = np.maximum(losses, 1e-34)


def _losses(problem: Any, damping: float = 0.0) -> np.ndarray:
    """Return the loss at the start and after each of two steps, over the first."""
    newton: Any = optimizers.make("newton", damping=damping)
    losses = bench.measure(problem, newton, steps=2).loss.to_numpy()
    whole = np.append(
        losses, [losses[-1]] * (3 - len(losses))
    )  # a failed step does not move
    return whole / losses[0]
