"""The share of a step that the gradient takes, by problem, compiled and eager."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

import bench
import optimizers
import problems

from .. import Check, Evidence, claim, near

CLAIMED = 0.8
NET = {"rows": 10_000, "columns": 20, "hidden": [10] * 6, "activation": "none"}
"""The author's first network: five hidden-to-hidden layers of width 10."""
FULL_NET = {"rows": 100_000, "columns": 10, "hidden": [10] * 4, "activation": "relu"}
TRAINING = {
    "linear_regression": {"rows": 10_000, "columns": 20},
    "logistic_regression": {"rows": 10_000, "columns": 20},
    "softmax_regression": {"dataset": "digits"},
    "mlp": NET | {"fold": False},
}
SIZE = {"dimension": 100}
FUNCTIONS = {"quadratic": SIZE, "rosenbrock": SIZE, "himmelblau": {}}
WHAT = {"backward alone": ["backward"], "forward and backward": ["forward", "backward"]}
STACK = ("backward", "forward", "update", "harness")
LOOPS = {"compiled": "share", "eager": "eager_share"}


@claim(
    source="blog",
    sentence="About 80 % of a training loop's time is the gradient.",
    condition="the loop is eager, each operation a call",
)
def gradient_share(full: bool) -> Evidence:
    """Profile sgd and adam on problems with examples, and sgd on the others.

    The sentence compares the gradient with forward passes, so that it means the
    backward pass alone. The repaired sentence is about the eager loop, as the source
    timed it.
    """
    trained: dict[str, Any] = TRAINING | ({"mlp": FULL_NET} if full else {})
    cases = [*product(trained, ("sgd", "adam")), *product(FUNCTIONS, ("sgd",))]
    settings = trained | FUNCTIONS
    tables = {}
    for name, by in cases:
        optimizer: Any = optimizers.make(by, learning_rate=1e-3)
        problem = problems.make(name, **settings[name])
        tables[name, by] = bench.profile(problem, optimizer)
    training = [table for (name, _), table in tables.items() if name in trained]
    alone, both = ([_median(what, loop, training) for loop in LOOPS] for what in WHAT)
    about = near(CLAIMED, abs=0.1, median=True)
    checks = [Check(*numbers, about) for numbers in alone]
    checks.append(Check(*alone[-1], about, "repaired"))
    checks += [Check(*numbers) for numbers in both]
    return Evidence(checks, lambda figure: _bars(tables, figure))


def _median(what: str, loop: str, tables: Any) -> tuple[str, bench.Interval]:
    """Check the median over problems and optimizers, with the least and the largest."""
    shares = [sum(table.loc[WHAT[what], LOOPS[loop]]) for table in tables]
    what = f"{what}, {loop}, median of {len(shares)} training loops [least, largest]"
    return what, bench.Interval(np.median(shares), min(shares), max(shares), np.nan)


def _bars(tables: Mapping[tuple[str, str], pd.DataFrame], figure: Any) -> None:
    """Plot a bar for each training loop, backward first, without negative parts."""
    names = [f"{name}, {by}" for name, by in tables]
    panels = figure.subplots(1, len(LOOPS), sharex=True, sharey=True)
    for axes, (loop, share) in zip(panels, LOOPS.items(), strict=True):
        left = np.zeros(len(names))
        for part, style in bench.line_styles(STACK).items():
            widths = [max(0.0, table.loc[part, share]) for table in tables.values()]
            axes.barh(names, widths, left=left, color=style.colour, label=part)
            left += widths
        axes.axvline(CLAIMED, color="#111111", ls="--", lw=1, label="claimed")
        axes.set(title=loop, xlabel="share of a step's seconds")
    panels[0].invert_yaxis()
    panels[0].tick_params(axis="y", labelsize=7.5)
    panels[-1].legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
