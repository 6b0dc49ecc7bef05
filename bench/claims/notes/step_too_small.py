"""Steps to a target against the learning rate, left of the best one."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pandas as pd

import problems

from ...running.in_process import experiment
from ...statistics.intervals import interval, median
from ..claim import Number, Verdict, by_agreement
from ..draw import lines

TARGET = 1e-3
SEEDS = 10
CONFIG = f"""
name = "rates"
seeds = {SEEDS}
dtype = "float64"
budget = {{ steps = 50000, target = {{ suboptimality = {TARGET} }} }}
[[problems]]
name = "quadratic"
condition = 10.0
[[problems]]
name = "logistic_regression"
rows = 500
columns = 5
condition = 10.0
l2 = 0.01
[[problems]]
name = "mlp"
rows = 200
columns = 5
hidden = [10]
target = {{ loss = 0.3 }}
[[optimizers]]
name = "sgd"
grid.learning_rate = [0.004, 0.016, 0.06, 0.25, 1.0, 1.8, 4.0, 12.0]
"""
LEFT = 1 / 4
"""The left branch ends at this share of the best rate."""

judge = partial(by_agreement, relative=0.05)
"""Too small is slow in proportion: log steps against log ε has the slope -1.

Within 5 % on every problem, at rates of a quarter of the best one and less.
"""


def run(full: bool, folder: Path | None) -> Verdict:
    """Fit slopes of gradient descent seed by seed, and count steps on the quadratic."""
    del full, folder
    trials = experiment(CONFIG).trials
    steps = {name: _table(trials, name) for name in trials.problem_label.unique()}
    numbers = [n for name, table in steps.items() for n in _left(name, table)]
    with jax.enable_x64(True):
        numbers += _counts(steps["quadratic"])
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, steps))


def _table(trials: pd.DataFrame, name: str) -> pd.DataFrame:
    """Steps to the target, inf where it was not reached: a row a seed, rates across."""
    mine = trials[trials.problem_label == name]
    rate = "optimizer.settings.learning_rate"
    return mine.pivot(index="seed", columns=rate, values="steps_to_target").fillna(
        np.inf
    )


def _middle(table: pd.DataFrame) -> pd.Series:
    """Median steps over the seeds, at each rate."""
    return pd.Series({float(rate): median(table[rate]) for rate in table})


def slope(steps: pd.Series) -> float:
    """Return d log steps / d log ε, by least squares."""
    return float(np.polyfit(np.log(steps.index), np.log(steps), 1)[0])


def _left(name: str, table: pd.DataFrame) -> list[Number]:
    middle = _middle(table)
    best = float(middle.index[middle.argmin()])
    left = table.loc[:, table.columns <= LEFT * best]
    slopes = interval(slope(row) for _, row in left.iterrows())
    least = left.columns[0]
    loss = interval(left[least] / table[best])
    what = f"slope of log steps against log ε, {name}"
    return [
        Number("as it stands", what, -1, *slopes[:3]),
        Number(
            "beside",
            f"steps at ε = {least:g} over those at ε = {best:g}, {name}",
            best / least,
            *loss[:3],
        ),
    ]


def _counts(table: pd.DataFrame) -> list[Number]:
    """Steps at the least rate: whole formula, and the slowest direction's alone."""
    rate = float(table.columns[0])
    problem: Any = problems.make("quadratic", condition=10.0, dtype="float64")
    values = np.asarray(problem.eigenvalues)
    starts = [np.asarray(problem.init(jax.random.key(s))) for s in range(SEEDS)]
    whole = median(count(values, start, rate) for start in starts)
    slowest = int(np.argmin(values))
    alone = median(
        np.log(values[slowest] * x[slowest] ** 2 / (2 * TARGET))
        / (2 * rate * values[slowest])
        for x in starts
    )
    seen = interval(table[rate])[:3]
    what = f"steps at ε = {rate:g}, quadratic"
    return [
        Number("beside", f"{what}: Σ ½ λ x² (1 - ελ)^2k = s", whole, *seen),
        Number("beside", f"{what}: ln(λ x²/2s)/(2ελ), λ the least", alone, *seen),
    ]


def count(values: np.ndarray, start: np.ndarray, rate: float) -> int:
    """Return the first k with Σ ½ λ x² (1 - ελ)^2k <= s, by halving."""

    def left(k: int) -> float:
        return float(np.sum(values * start**2 * (1 - rate * values) ** (2 * k)) / 2)

    low, high = -1, 1
    while left(high) > TARGET:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if left(middle) > TARGET else (low, middle)
    return high


def _finding(numbers: list[Number]) -> str:
    slopes = ", ".join(
        f"{n.measured:.3f} [{n.low:.3f}, {n.high:.3f}] on {n.what.split(', ')[-1]}"
        for n in numbers
        if n.form == "as it stands"
    )
    whole, alone = numbers[-2:]
    return (
        f"Below a quarter of the best rate, steps to the target go by powers of ε: "
        f"{slopes}. On the quadratic the median is {whole.measured:.0f} steps at the "
        f"least rate; predicted {whole.predicted:.0f}, and {alone.predicted:.0f} by "
        "the slowest direction alone."
    )


def _draw(steps: dict[str, pd.DataFrame], figure: Any) -> None:
    curves, in_proportion = {}, []
    for name, table in steps.items():
        middle = _middle(table).replace(np.inf, np.nan).dropna()
        curves[name.replace("_", " ")] = (middle.index, middle)
        ends = middle.index[[0, -1]].to_numpy()
        line = middle.iloc[0] * ends[0] / ends
        in_proportion += [*zip(ends, line, strict=True), (np.nan, np.nan)]
    labels = ("learning rate ε", "steps to the target, median of 10 seeds")
    dashed = {"steps × ε constant": tuple(np.transpose(in_proportion))}
    lines(figure, curves, *labels, x_log=True, dots=True, dashed=dashed)
