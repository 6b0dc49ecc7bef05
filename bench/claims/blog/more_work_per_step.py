"""What a target costs in calls and seconds, by cheap optimizers and by dear ones."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from scipy.stats import spearmanr

from ...plots.look import looks
from ...statistics.intervals import interval, median
from ...telling.weigh import CALLS
from ..blas import one_blas_thread
from ..claim import Number, Verdict, word
from .more_descent import at_its_best, costs

CONFIG = """
name = "more-work-per-step"
seeds = 10
[budget]
seconds = 10
steps = 2_000
target = {{ suboptimality = 1e-5 }}
[[optimizers]]
name = "sgd"
grid = {{ learning_rate = [0.1, 0.3, 0.9, 3.0, 9.0, 27.0] }}
[[optimizers]]
name = "keep_stepping"
line_form = false
grid = {{ learning_rate = [0.1, 0.3, 0.9, 3.0] }}
[[optimizers]]
name = "lbfgs"
[[optimizers]]
name = "newton_cg"
[[optimizers]]
name = "newton"
[[problems]]
{problem}
"""
OPTIMIZERS = ("sgd", "keep_stepping", "lbfgs", "newton_cg", "newton")
COUNTS = (*CALLS, "seconds")
PROBLEMS = {
    "linear regression": 'name = "linear_regression"\nrows = 2_000',
    "logistic regression": 'name = "logistic_regression"\ndataset = "breast_cancer"\n'
    "l2 = 1e-2\nstart_scale = 0.1",
    "softmax regression": 'name = "softmax_regression"\nheld_out = 0.9\nl2 = 1e-2\n'
    "start_scale = 0.01",
    "quadratic": 'name = "quadratic"',
}
"""The convex ones of the registry, each conditioned badly enough to need steps."""
RANK, WINNERS = "rank correlation", "optimizers"
CHOOSING = "seeds=[100]"
Costs = dict[str, dict[str, NDArray]]
"""By optimizer and by "steps" or what is counted: float[seeds], inf for never."""


def judge(numbers: Sequence[Number]) -> str:
    """Dearer steps are fewer on every problem, and nobody is cheapest by every count.

    Fewer: the interval over seeds of the rank correlation between seconds a step and
    steps to the target, over the optimizers that reach it, lies below 0. The counts
    are calls of each kind and seconds; to tie is to be cheapest.
    """

    def stands(n: Number) -> bool:
        return n.high < 0 if n.unit == RANK else n.measured == 0

    mine = [n for n in numbers if n.form == "as it stands"]
    return word({n.unit for n in mine} == {RANK, WINNERS} and all(map(stands, mine)))


def run(full: bool, folder: Path | None) -> Verdict:
    """Run to a suboptimality of 1e-5 in float32, with tuned rates, one BLAS thread."""
    del full, folder
    with one_blas_thread():
        spent = {name: _spent(problem) for name, problem in PROBLEMS.items()}
    numbers = [_rank(name, by) for name, by in spent.items()]
    numbers += [_winners(name, by) for name, by in spent.items()]
    numbers += [n for name, by in spent.items() for n in _table(name, by)]
    finding = _finding(numbers, spent)
    return Verdict(judge(numbers), finding, numbers, partial(_draw, spent))


def _spent(problem: str) -> Costs:
    trials = at_its_best(CONFIG.format(problem=problem), pick=CHOOSING)
    return {
        label: {what: costs(trials, label, what) for what in ("steps", *COUNTS)}
        for label in OPTIMIZERS
    }


def _rank(problem: str, spent: Costs) -> Number:
    steps = np.array([by["steps"] for by in spent.values()])
    seconds = np.array([by["seconds"] for by in spent.values()])
    prices = np.where(np.isfinite(seconds), seconds, nan) / steps
    ranks = [_spearman(*pair) for pair in zip(prices.T, steps.T, strict=True)]
    what = f"seconds a step against steps, {problem}, claimed below 0"
    return Number("as it stands", what, nan, *interval(ranks)[:3], unit=RANK)


def _spearman(one: NDArray, other: NDArray) -> float:
    known = np.isfinite(one)
    return float(spearmanr(one[known], other[known]).statistic)  # pyright: ignore


def _winners(problem: str, spent: Costs) -> Number:
    medians = np.array([[median(by[c]) for c in COUNTS] for by in spent.values()])
    everywhere = (medians == medians.min(axis=0)).all(axis=1)
    what = f"optimizers that are cheapest by every count, {problem}"
    return Number("as it stands", what, 0.0, float(everywhere.sum()), unit=WINNERS)


def _table(problem: str, spent: Costs) -> Iterator[Number]:
    """Every count that is not 0."""
    for label, by in spent.items():
        for count in COUNTS:
            if (found := interval(by[count])).high:
                unit = "s" if count == "seconds" else f"{count} calls"
                what = f"{label} to the target, {problem}"
                yield Number("beside", what, nan, *found[:3], unit=unit)


def _finding(numbers: Sequence[Number], spent: Mapping[str, Costs]) -> str:
    ranks = ", ".join(f"{n.measured:.2f}" for n in numbers if n.unit == RANK)
    fastest = {
        name: min(by, key=lambda label, by=by: median(by[label]["seconds"]))
        for name, by in spent.items()
    }
    said = ", ".join(f"{label} on {name}" for name, label in fastest.items())
    winners = sum(n.measured for n in numbers if n.unit == WINNERS)
    return (
        f"Rank correlations of seconds a step with steps to the target are {ranks} on "
        f"{', '.join(spent)}. Cheapest by every count: {winners:.0f}. Fastest: {said}."
    )


def _draw(spent: Mapping[str, Costs], figure: Any) -> None:
    """Draw an optimizer as a marker and a problem as a line."""
    axes = figure.add_subplot()
    lines, markers = looks(spent), looks(OPTIMIZERS)
    for name, by in spent.items():
        steps = np.array([median(by[label]["steps"]) for label in OPTIMIZERS])
        seconds = np.array([median(by[label]["seconds"]) for label in OPTIMIZERS])
        colour = lines[name].colour
        axes.plot(seconds / steps, steps, color=colour, label=name)
        for x, y, label in zip(seconds / steps, steps, OPTIMIZERS, strict=True):
            axes.plot(x, y, markers[label].marker, color=colour, markersize=8)
    keys = [
        Line2D([], [], color="#333333", marker=look.marker, linestyle="", label=label)
        for label, look in markers.items()
    ]
    axes.set(xscale="log", yscale="log", xlabel="seconds a step, float32")
    axes.set_ylabel("steps to a suboptimality of 1e-5")
    handles = [*axes.get_legend_handles_labels()[0], *keys]
    axes.legend(handles=handles, loc="center left", bbox_to_anchor=(1.01, 0.5))
