"""Rank correlation of the gradient's norm and the suboptimality along runs."""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from ...running.in_process import experiment
from ...statistics.intervals import interval, median
from ..claim import Form, Number, Verdict, word
from ..draw import lines

HEAD = """
name = "run"
seeds = 10
dtype = "float64"
budget = {{ steps = 1000, target = {{ {target} }} }}
problems = [{{ {problem} }}]
optimizers = [{{ {optimizer} }}]
"""
HIGH = 0.9
CONDITION = "the problem is convex"


class Setting(NamedTuple):
    """What is run, in a config's words, and whether its problem is convex."""

    convex: bool
    problem: str
    optimizer: str
    target: str = "suboptimality = 1e-8"


LOGISTIC = 'name = "logistic_regression", rows = 500, columns = 5'
DEEP = 'name = "mlp", rows = 200, columns = 5, activation = "tanh"'
SETTINGS = {
    "quadratic": Setting(
        True, 'name = "quadratic"', 'name = "sgd", learning_rate = 1.0'
    ),
    "quadratic, momentum": Setting(
        True, 'name = "quadratic"', 'name = "momentum", learning_rate = 0.1'
    ),
    "logistic": Setting(
        True,
        f"{LOGISTIC}, condition = 10.0, l2 = 0.01",
        'name = "sgd", learning_rate = 4.0',
    ),
    "separable": Setting(
        True,
        f"{LOGISTIC}, separable = true, l2 = 0.0",
        'name = "sgd", learning_rate = 4.0',
        "loss = 0.01",
    ),
    "Rosenbrock": Setting(
        False,
        'name = "rosenbrock", start_scale = 0.5',
        'name = "sgd", learning_rate = 0.001',
    ),
    "Himmelblau": Setting(
        False, 'name = "himmelblau"', 'name = "sgd", learning_rate = 0.003'
    ),
    "Himmelblau, Newton": Setting(False, 'name = "himmelblau"', 'name = "newton"'),
    "plateau": Setting(
        False,
        f"{DEEP}, hidden = [{', '.join(['10'] * 10)}]",
        'name = "sgd", learning_rate = 0.1',
        "loss = 1.0",
    ),
}
"""The plateau is a deep tanh net's, the saddles those that Newton runs into."""


def judge(numbers: list[Number]) -> str:
    """Spearman's correlation of ‖g‖ and f - f* is at least 0.9, with its interval.

    On every run as the sentence stands, on those of convex problems as repaired.
    """

    def high(form: Form) -> bool:
        mine = [n.low for n in numbers if n.form == form]
        return bool(mine) and all(low >= HIGH for low in mine)

    return word(high("as it stands"), high("repaired"), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Follow trials over the rows at which the gradient's norm was seen, in float64."""
    del full, folder
    runs = {name: _run(setting) for name, setting in SETTINGS.items()}
    numbers = [n for name, found in runs.items() for n in _numbers(name, found)]
    numbers += [*_bounds(runs["quadratic"]), _stuck(runs["Himmelblau, Newton"])]
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, runs))


def _run(setting: Setting) -> list[pd.DataFrame]:
    """Return a table a seed: the gradient's norm, and f less the least f that is known.

    Where none is certified that is 0, which no loss here can go below.
    """
    told = setting._asdict()
    told.pop("convex")
    traces = experiment(HEAD.format(**told)).traces.dropna(subset="gradient_norm")
    above = traces.suboptimality.fillna(traces.loss)
    traces = traces.assign(above=above)
    return [trace for _, trace in traces.groupby("seed")]


def correlation(trace: pd.DataFrame) -> float:
    """Return Spearman's rank correlation of ‖g‖ and f - f* along a run."""
    found: Any = spearmanr(trace.gradient_norm, trace.above)
    return float(found.statistic)


def _numbers(name: str, runs: list[pd.DataFrame]) -> list[Number]:
    forms: list[Form] = ["as it stands", "repaired"]
    ranks = interval(correlation(trace) for trace in runs)[:3]
    left = interval(
        trace.above.iloc[trace.gradient_norm.argmin()] / trace.above.iloc[0]
        for trace in runs
    )[:3]
    what = f"f - f* where ‖g‖ is least, over the start's, {name}"
    return [
        *(
            Number(form, f"rank correlation of ‖g‖ and f - f*, {name}", 1, *ranks)
            for form in forms[: 1 + SETTINGS[name].convex]
        ),
        Number("beside", what, np.nan, *left),
    ]


def _bounds(runs: list[pd.DataFrame]) -> list[Number]:
    """Check that 1/λmax <= 2 (f - f*) / ‖g‖² <= 1/λmin, which are 1 and 100 here."""
    ratio = np.concatenate([2 * t.above / t.gradient_norm**2 for t in runs])
    what = "of 2 (f - f*)/‖g‖², quadratic, condition 100 [bound predicted]"
    return [
        Number("beside", f"least {what}", 1.0, float(ratio.min())),
        Number("beside", f"greatest {what}", 100.0, float(ratio.max())),
    ]


def _stuck(runs: list[pd.DataFrame]) -> Number:
    """Count runs that end where there is no gradient, and far above the minima."""
    ends = [trace.iloc[-1] for trace in runs]
    stuck = [end.gradient_norm <= 1e-8 and end.above > 1 for end in ends]
    what = f"of {len(runs)} runs end with ‖g‖ <= 1e-8, f - f* > 1, Himmelblau, Newton"
    return Number("beside", what, 0.0, sum(stuck), unit="runs")


def _finding(numbers: list[Number]) -> str:
    ranks = [n for n in numbers if n.form == "as it stands"]
    low = ", ".join(
        f"{n.measured:.2f} [{n.low:.2f}, {n.high:.2f}] on {n.what.split(', ', 1)[1]}"
        for n in ranks
        if n.low < HIGH
    )
    others = min((n.low for n in ranks if n.low >= HIGH), default=np.nan)
    left = next(n for n in numbers if n.what.endswith("over the start's, plateau"))
    return (
        "Rank correlation of the gradient's norm and the suboptimality along runs: "
        f"{low or 'nowhere low'}; from {others:.2f} up on the others. Where the "
        f"gradient is least on the plateau, {left.measured:.0%} of the start's loss is "
        f"left; {numbers[-1].measured:.0f} {numbers[-1].what}."
    )


def _draw(runs: dict[str, list[pd.DataFrame]], figure: Any) -> None:
    curves = {}
    for name, traces in runs.items():
        ranks = [correlation(trace) for trace in traces]
        middle = traces[ranks.index(median(ranks))]
        curves[name] = (middle.gradient_norm, middle.above.clip(lower=1e-12))
    labels = ("gradient's norm", "suboptimality f - f*, one run each")
    lines(figure, curves, *labels, x_log=True, dots=True)
