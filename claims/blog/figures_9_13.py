"""The blog's figures 9 to 13, as published and in a fair comparison."""

from collections.abc import Iterator, Mapping
from itertools import product
from math import inf
from typing import Any

import numpy as np

import bench

from .. import Check, Evidence, Form, below, claim, within
from ..tuning import costs
from .more_descent import Curves, as_published, over, published, tuned

FIGURES = [*(f"figure_{number}" for number in (9, 10, 11, 12, "13a_width_10", "13b"))]
FULL = ["figure_9_five_hidden", "figure_13a_width_20"]
FAIR = ["figures_9_and_10_fair", "figure_13b_fair"]
FULL_FAIR = [f"{name}_fair" for name in (*FIGURES[2:-1], FULL[-1])]
PLAIN = ["KS_50_0", "KS_10_0"]
STEPPING = [*PLAIN, "KS_50_2", "KS_10_2"]
FIELD = ["SGD", "KS_50_0", "keep stepping", "impatient stepping"]
FIELD += ["keep vaulting", "calculated step"]
AGAINST_SGD: list[tuple[str, list[str], Form]] = [
    ("worst of KS, loss over SGD's", STEPPING, "as it stands"),
    ("worst of KS_*_0, loss over SGD's", PLAIN, "repaired"),
]
SHOWN = ["SGD", *STEPPING, "KV_10", "KV_50"]
NEVER = 30.0
"""The value at which an infinite cost is drawn."""


@claim(
    source="blog",
    sentence="On the five networks the steps along one gradient beat SGD in time, and "
    "some of them beat Adam.",
    condition="scale_i is 0",
)
def figures_9_13(full: bool) -> Evidence:
    """Run the configs; unless `full` only some of them, on 1,000 examples.

    Losses are compared at the largest cost that both have reached, as published: a
    gradient counts as three forward passes, and every method makes one more per step.
    Seconds are shown beside: the runs of one seed are too short to decide by them.
    """
    runs = {_problem(r): r for r in (published(n, full) for n in FIGURES + full * FULL)}
    fair = {_problem(r): r for r in (tuned(n, full) for n in FAIR + full * FULL_FAIR)}
    calls = {problem: as_published(run) for problem, run in runs.items()}
    clock = {problem: as_published(run, seconds=True) for problem, run in runs.items()}
    checks = list[Check]()
    for how, figures in (("by calls", calls), ("on the clock", clock)):
        checks += _against_sgd(how, figures, decides=figures is calls)
        checks += _against_adam(how, figures, decides=figures is calls)
    for problem, cost in product(fair, ("forward_equivalents", "seconds")):
        for label, ratios in _over_adam(fair[problem], cost).items():
            what = f"{problem}, fair: {label} over Adam, {cost.replace('_', ' ')}"
            checks.append(Check(what, ratios))
    return Evidence(checks, lambda figure: _draw(calls, fair, figure))


def _problem(run: bench.Run) -> str:
    return str(run.traces.problem.iloc[0])


def _against_sgd(
    how: str, figures: Mapping[str, Curves], decides: bool
) -> Iterator[Check]:
    """Compare with SGD on every figure."""
    for name, curves in figures.items():
        for what, labels, form in AGAINST_SGD:
            ratio = max(over(curves, label, "SGD") for label in labels)
            form = form if decides else "beside"
            yield Check(f"{name}, {how}: {what}", ratio, below(1), form)


def _against_adam(
    how: str, figures: Mapping[str, Curves], decides: bool
) -> Iterator[Check]:
    """Count the figures on which the best of them is better than Adam."""
    best = {
        name: min(over(curves, label, "Adam") for label in STEPPING)
        for name, curves in figures.items()
    }
    for name, ratio in best.items():
        yield Check(f"{name}, {how}: best of KS, loss over Adam's", ratio)
    won = sum(ratio < 1 for ratio in best.values())
    what = f"figures of {len(best)} on which the best of KS beats Adam, {how}"
    forms: tuple[Form, ...] = ("as it stands", "repaired") if decides else ("beside",)
    for form in forms:
        yield Check(what, won, within(1), form)


def _over_adam(run: bench.Run, cost: str = "forward_equivalents") -> dict[str, Any]:
    """Return the cost to 1 % of the variance over Adam's cost, paired by seed."""
    adam = costs(run, "Adam", cost)
    return {label: costs(run, label, cost) / adam for label in FIELD}


def _draw(calls: Mapping[str, Curves], fair: Mapping[str, Any], figure: Any) -> None:
    """Plot losses as published, by calls, and fair costs, both over Adam's."""
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    losses = {p: {x: [over(c, x, "Adam")] for x in SHOWN} for p, c in calls.items()}
    _dots(left, losses, inf)
    _dots(right, {problem: _over_adam(run) for problem, run in fair.items()}, NEVER)
    left.set(ylabel="loss over Adam's at equal cost", title="as published")
    right.set(ylabel="cost of 1 % over Adam's, in forward passes", title="fair")
    right.axhline(NEVER, color="#7F7F7F", linestyle=":", linewidth=1)
    right.annotate("never", (0, NEVER), xytext=(2, 3), textcoords="offset points")
    handles = {bars.get_label(): bars for bars in left.containers + right.containers}
    figure.legend(handles.values(), handles, loc="outside right center")


def _dots(axes: Any, ratios: Mapping[str, Mapping[str, Any]], most: float) -> None:
    """Draw a column of medians with intervals for each problem."""
    styles = bench.line_styles([*SHOWN, *FIELD])
    labels = next(iter(ratios.values()))
    for shift, label in zip(np.linspace(-0.25, 0.25, len(labels)), labels, strict=True):
        seen = [bench.interval(by[label])[:3] for by in ratios.values()]
        y, low, high = np.clip(seen, 0, most).T
        style = {"fmt": styles[label].marker, "color": styles[label].colour}
        places = np.arange(len(ratios)) + shift
        axes.errorbar(places, y, (y - low, high - y), label=label, **style)
    axes.axhline(1.0, color="#111111", linewidth=1)
    axes.set_yscale("log")
    names = [problem.removeprefix("figure").lstrip("s ") for problem in ratios]
    axes.set_xticks(range(len(ratios)), names, rotation=40, ha="right")
