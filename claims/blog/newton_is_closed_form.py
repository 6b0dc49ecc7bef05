"""A Newton step compared with the closed form, scikit-learn and LAPACK."""

from collections.abc import Iterator
from time import perf_counter
from typing import Any

import jax
import numpy as np
from sklearn.linear_model import LinearRegression

import bench
import optimizers
import problems

from .. import Check, Evidence, Form, above, claim, lines, within
from .first_step import first_step

ROWS = (1_000, 10_000, 100_000)
FULL_ROWS = (*ROWS, 1_000_000)
COLUMNS = 11
NOISY = {"dataset": "synthetic", "rows": 2_500, "columns": 20, "condition": 1e4}
NEWTON, FIRST = "Newton step", "Newton step, compiling too"
CLOSED, LAPACK = "normal equations, NumPy", "LAPACK least squares"
SKLEARN = "scikit-learn"
DECIDES: dict[str, Form] = {NEWTON: "as it stands", FIRST: "repaired"}
"""By form, the Newton step whose seconds decide."""


@claim(
    source="blog",
    sentence="That one step is the closed form (XᵀX)⁻¹Xᵀy, and scikit-learn is faster.",
    condition="compiling the Newton step counts",
)
def newton_is_closed_form(full: bool) -> Evidence:
    """Fit the author's data and noisy data, in float64, with one BLAS thread."""
    rows = FULL_ROWS if full else ROWS
    blog = [{"dataset": "blog", "rows": n, "columns": COLUMNS} for n in rows]
    with jax.enable_x64(True):
        fits = [_fit(settings) for settings in (*blog, NOISY)]
    checks = [check for fit in fits for check in _checks(*fit)]
    seconds = [by_name for _, _, by_name in fits[:-1]]
    curves = {name: (rows, [by[name] for by in seconds]) for name in seconds[0]}
    labels = f"rows, of {COLUMNS} columns", "seconds of a fit, float64"
    return Evidence(checks, lines(curves, *labels, x_log=True, dots=True))


def _fit(settings: dict[str, Any]) -> tuple[str, float, dict[str, float]]:
    """Return a data set's size, the distance of two answers, and seconds of fits."""
    problem: Any = problems.make("linear_regression", dtype="float64", **settings)
    start = problem.init(jax.random.key(0))
    began = perf_counter()
    step = first_step(problem, optimizers.make("newton"), start)
    compiling = perf_counter() - began
    x = np.ascontiguousarray(np.asarray(problem.train.inputs).T)
    y = np.asarray(problem.train.targets)
    calls = {
        NEWTON: lambda: step(problem, start),
        CLOSED: lambda: np.linalg.solve(x.T @ x, x.T @ y),
        SKLEARN: lambda: LinearRegression(fit_intercept=False).fit(x, y).coef_,
        LAPACK: lambda: np.linalg.lstsq(x, y, rcond=None)[0],
    }
    closed, newton = (np.asarray(calls[name]()) for name in (CLOSED, NEWTON))
    apart = float(np.linalg.norm(newton - closed) / np.linalg.norm(closed))
    seconds = bench.seconds_in_turn(calls)
    seconds[FIRST] = seconds[NEWTON] + compiling
    return f"{x.shape[0]:,} × {x.shape[1]}", apart, seconds


def _checks(size: str, apart: float, seconds: dict[str, float]) -> Iterator[Check]:
    for name, form in DECIDES.items():
        what = f"distance from the closed form over its norm, {NEWTON}, {size}"
        yield Check(what, apart, within(high=1e-10), form)
        ratio = seconds[name] / seconds[SKLEARN]
        yield Check(f"{name}, seconds over {SKLEARN}'s, {size}", ratio, above(1), form)
