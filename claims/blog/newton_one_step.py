"""One Newton step on linear regression, by size, conditioning, dtype and rank."""

from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any

import jax
import numpy as np

import bench
import optimizers
import problems

from .. import Check, Evidence, Form, claim, lines, within

CONDITIONS = (1.0, 1e3, 1e6)
SIZES = ((1_000, 4), (10_000, 11))
FULL_SIZE = (1_000_000, 11)
TWICE, DAMPED = "a column twice", "a column twice, damping 1e-3"
FORMS: dict[str, tuple[Form, ...]] = {TWICE: ("as it stands",), DAMPED: ()}
"""The form that a case decides, if it does not decide both."""
SOLVED = {"float32": within(high=2.0**-24), "float64": within(high=2.0**-53)}
"""The most that may be left: the unit roundoff."""


@claim(
    source="blog",
    sentence="One Newton step solves linear regression, whatever the rows and columns.",
    condition="the columns are independent",
)
def newton_one_step(full: bool) -> Evidence:
    """Step on data without noise, where the least loss is 0."""
    make: Any = partial(problems.make, "linear_regression")
    synthetic = {"rows": 1_000, "columns": 11, "noise": 0.0}
    cases = {}
    with jax.enable_x64(True):
        for rows, columns in (*SIZES, FULL_SIZE) if full else SIZES:
            problem = make(dataset="blog", rows=rows, columns=columns)
            cases[f"{rows:,} × {columns}", "float32"] = _losses(problem)
        for dtype, condition in product(SOLVED, CONDITIONS):
            problem = make(dtype=dtype, condition=condition, **synthetic)
            cases[f"condition {condition:g}", dtype] = _losses(problem)
        problem = make(dtype="float64", condition=10.0, **synthetic)
        inputs = problem.train.inputs.at[1].set(problem.train.inputs[0])
        train = problem.train._replace(inputs=inputs, targets=inputs.sum(0))
        problem = replace(problem, train=train)
        cases[TWICE, "float64"] = _losses(problem)
        cases[DAMPED, "float64"] = _losses(problem, 1e-3)
    what = "loss left of the start's after one step"
    checks = [
        Check(f"{what}, {dtype}, {name}", losses[1], SOLVED[dtype], form)
        for (name, dtype), losses in cases.items()
        for form in FORMS.get(name, ("as it stands", "repaired"))
    ]
    curves = {f"{d}, {n}": np.maximum(left, 1e-34) for (n, d), left in cases.items()}
    labels = "Newton steps", "loss over loss at the start"
    return Evidence(checks, lines(curves, *labels, dots=True, ticks=(0, 1, 2)))


def _losses(problem: Any, damping: float = 0.0) -> np.ndarray:
    """Return the loss at the start and after each of two steps, over the first."""
    newton: Any = optimizers.make("newton", damping=damping)
    losses = bench.measure(problem, newton, steps=2).loss.to_numpy()
    whole = np.append(
        losses, [losses[-1]] * (3 - len(losses))
    )  # a failed step does not move
    return whole / losses[0]
