"""Seconds and calls of gradient descent to a target, on differences and without."""

from functools import partial
from math import inf, nan
from pathlib import Path
from typing import Any

from ...running.in_process import experiment
from ...statistics.intervals import interval
from ..claim import Number, Verdict, word
from ..draw import lines

CONFIG = """
name = "fd-slower"
seeds = 10
[budget]
steps = 4000
target = { suboptimality = 1e-4 }
[[problems]]
name = "logistic_regression"
rows = 2000
l2 = 0
held_out = 0.0
[problems.grid]
columns = [2, 10, 50]
[[optimizers]]
name = "sgd"
learning_rate = 2.0
[optimizers.grid]
gradient = ["autodiff", "forward_difference", "central_difference"]
"""
FEW = 2
"""Parameters so few that N + 1 evaluations may well cost less than the gradient."""
POINTS = {"forward": 1, "central": 2}
"""Points a parameter, of each form."""


def judge(numbers: list[Number]) -> str:
    """Slower is a ratio of seconds whose interval over seeds lies above 1.

    As it stands are the ratios of more than `FEW` parameters.
    """
    stands = [n for n in numbers if n.form == "as it stands"]
    return word(bool(stands) and all(n.low > 1 for n in stands))


def run(full: bool, folder: Path | None) -> Verdict:
    """Descend from 10 starts, all with one learning rate, in float32.

    The suite's loss is the mean of what the source sums: a learning rate of 2 here is
    2 over the rows there.
    """
    del full, folder
    trials: Any = experiment(CONFIG).trials
    trials["columns"] = trials["problem.settings.columns"]
    trials["source"] = trials.gradient.str.removesuffix("_difference")
    trials["calls"] = trials.filter(like="readings.").sum(axis=1)
    numbers = [
        number
        for columns, group in trials.groupby("columns")
        for form in POINTS
        for number in _against(group.set_index("seed"), int(columns), form)
    ]
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, trials))


def _against(trials: Any, columns: int, form: str) -> list[Number]:
    """Return differences over autodiff in seconds and calls, and steps, by seeds."""
    reverse, other = (trials[trials.source == s] for s in ("autodiff", form))
    seconds = other.seconds_to_target.fillna(inf) / reverse.seconds_to_target
    calls = other.calls / reverse.calls
    what = f"{form} differences over autodiff, N = {columns}"
    kind: Any = "beside" if columns <= FEW else "as it stands"
    evaluations = POINTS[form] * columns + 1
    return [
        Number(kind, f"seconds to target, {what}", nan, *interval(seconds)[:3]),
        Number("beside", f"calls, {what}", evaluations, *interval(calls)[:3]),
    ]


def _finding(numbers: list[Number]) -> str:
    told = "; ".join(
        f"{n.what.removeprefix('seconds to target, ')} {n.measured:.1f} "
        f"[{n.low:.1f}, {n.high:.1f}]"
        for n in numbers
        if n.what.startswith("seconds")
    )
    return f"Seconds to suboptimality 1e-4 (float32, 10 starts): {told}."


def _draw(trials: Any, figure: Any) -> None:
    middle = trials.groupby(["source", "columns"]).seconds_to_target.median()
    names = {"autodiff": "autodiff"} | {form: f"{form} difference" for form in POINTS}
    axes = lines(
        figure,
        {
            told: (middle[name].index, middle[name] * 1e3)
            for name, told in names.items()
        },
        "parameters N",
        "ms to suboptimality 1e-4, median of 10 starts",
        x_log=True,
        dots=True,
    )
    axes.set_xticks(sizes := sorted(set(trials["columns"])), map(str, sizes))
    axes.minorticks_off()
