"""A Newton step beside the closed form, scikit-learn and LAPACK: answers, seconds."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
from sklearn.linear_model import LinearRegression

import optimizers
import problems

from ..claim import Form, Number, Verdict, word
from ..draw import lines
from .side_by_side import first_step, seconds

CLOSE = 1e-10
TIMES = "times scikit-learn's seconds"
CONDITION = "compiling the Newton step counts"
ROWS = (1_000, 10_000, 100_000)
FULL_ROWS = (*ROWS, 1_000_000)
COLUMNS = 11
NOISY = {"dataset": "synthetic", "rows": 2_500, "columns": 20, "condition": 1e4}
FORMS: tuple[Form, ...] = ("as it stands", "repaired")
NEWTON = "Newton step"
FIRST = "Newton step, compiling too"
CLOSED = "normal equations, NumPy"
SKLEARN = "scikit-learn"
LAPACK = "LAPACK least squares"


def judge(numbers: list[Number]) -> str:
    """Every answer is the closed form's to 1e-10, and every Newton step is slower.

    As it stands the step is compiled already; repaired, the fit compiles it first.
    """

    def agree(form: Form) -> bool:
        mine = [n for n in numbers if n.form == form]
        answers = [n.measured <= CLOSE for n in mine if n.unit != TIMES]
        slower = [n.measured > 1 for n in mine if n.unit == TIMES]
        return bool(answers and slower) and all(answers + slower)

    return word(agree("as it stands"), agree("repaired"), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Fit the author's data and a noisy set, in float64, BLAS on one thread."""
    del folder
    numbers: list[Number] = []
    fits: dict[int, dict[str, float]] = {}
    with jax.enable_x64(True):
        for rows in FULL_ROWS if full else ROWS:
            settings = {"dataset": "blog", "rows": rows, "columns": COLUMNS}
            fits[rows] = _fit(settings, numbers)
        _fit(NOISY, numbers)
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, fits))


def _fit(settings: dict[str, Any], numbers: list[Number]) -> dict[str, float]:
    """Add what one data set shows to the numbers, and return the seconds of fits."""
    problem: Any = problems.make("linear_regression", dtype="float64", **settings)
    features, rows = problem.train.inputs.shape
    newton = first_step(problem, optimizers.make("newton"))
    calls = {NEWTON: newton.take, **_others(problem)}
    answers = {name: np.asarray(call()) for name, call in calls.items()}
    took = seconds(calls)
    took[FIRST] = took[NEWTON] + newton.compiling
    size = f"{rows:,} × {features}"
    numbers += [*_apart(answers, size), *_times(took, size)]
    return took


def _others(problem: Any) -> dict[str, Callable[[], Any]]:
    x = np.ascontiguousarray(np.asarray(problem.train.inputs).T)
    y = np.asarray(problem.train.targets)
    return {
        CLOSED: lambda: np.linalg.solve(x.T @ x, x.T @ y),
        SKLEARN: lambda: LinearRegression(fit_intercept=False).fit(x, y).coef_,
        LAPACK: lambda: np.linalg.lstsq(x, y, rcond=None)[0],
    }


def _apart(answers: dict[str, np.ndarray], size: str) -> Iterator[Number]:
    closed = answers.pop(CLOSED)
    for name, answer in answers.items():
        apart = float(np.linalg.norm(answer - closed) / np.linalg.norm(closed))
        what = f"distance from the closed form over its norm, {name}, {size}"
        forms: tuple[Form, ...] = FORMS if name == NEWTON else ("beside",)
        yield from (Number(form, what, 0.0, apart) for form in forms)


def _times(took: dict[str, float], size: str) -> Iterator[Number]:
    decide: dict[str, Form] = dict(zip((NEWTON, FIRST), FORMS, strict=True))
    yield Number("beside", f"{SKLEARN}, {size}", np.nan, took[SKLEARN], unit="s")
    for name in (NEWTON, FIRST, CLOSED, LAPACK):
        ratio = took[name] / took[SKLEARN]
        form: Form = decide.get(name, "beside")
        yield Number(form, f"{name}, {size}", np.nan, ratio, unit=TIMES)


def _finding(numbers: list[Number]) -> str:
    def span(form: Form, unit: str) -> str:
        mine = [n.measured for n in numbers if (n.form, n.unit) == (form, unit)]
        return f"{_short(min(mine))} to {_short(max(mine))}"

    return (
        f"In float64 a Newton step ends {span('as it stands', '')} of its norm away "
        f"from the closed form. Compiled already it lasts for "
        f"{span('as it stands', TIMES)} times scikit-learn's seconds, and for "
        f"{span('repaired', TIMES)} times with compiling."
    )


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _draw(fits: dict[int, dict[str, float]], figure: Any) -> None:
    rows = list(fits)
    shown = (NEWTON, FIRST, CLOSED, SKLEARN, LAPACK)
    curves = {name: (rows, [fits[n][name] for n in rows]) for name in shown}
    x_label, y_label = f"rows, of {COLUMNS} columns", "seconds of a fit, float64"
    lines(figure, curves, x_label, y_label, x_log=True, dots=True)
