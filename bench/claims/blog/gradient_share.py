"""How much of a step is the gradient, on every kind of problem, compiled and eager."""

from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import optimizers
import problems

from ...plots.look import COLOURS
from ...running.profile import profile
from ..claim import Form, Number, Verdict, word

CLAIMED = 0.8
BAND = 0.1
CONDITION = "the loop is eager, each operation a call"
RATE = 1e-3
TRAINING: dict[str, dict[str, Any]] = {
    "linear_regression": {"rows": 10_000, "columns": 20},
    "logistic_regression": {"rows": 10_000, "columns": 20},
    "softmax_regression": {"dataset": "digits"},
    "mlp": {
        "rows": 10_000,
        "columns": 20,
        "hidden": [10] * 6,
        "activation": "none",
        "fold": False,
    },
}
"""The net is the author's first: five hidden-to-hidden layers of width 10."""
FULL_NET = {"rows": 100_000, "columns": 10, "hidden": [10] * 4, "activation": "relu"}
FUNCTIONS: dict[str, dict[str, Any]] = {
    "quadratic": {"dimension": 100},
    "rosenbrock": {"dimension": 100},
    "himmelblau": {},
}
WHAT = {"backward alone": ["backward"], "forward and backward": ["forward", "backward"]}
STACK = ("backward", "forward", "update", "harness")
LOOPS = {"compiled": "share", "eager": "eager_share"}


def judge(numbers: list[Number]) -> str:
    """80 % give or take 10 of the median training loop, compiled and eager alike.

    The sentence sets the gradient against passes that are forward alone, so it means
    backward alone. Repaired, it is about the eager loop, which is what was timed.
    """

    def agree(form: Form) -> bool:
        off = [abs(n.measured - n.predicted) for n in numbers if n.form == form]
        return bool(off) and max(off) <= BAND

    return word(agree("as it stands"), agree("repaired"), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Profile sgd and adam where there are examples to train on, sgd elsewhere."""
    del folder
    trained = TRAINING | ({"mlp": FULL_NET} if full else {})
    cases = [*product(trained, ("sgd", "adam")), *product(FUNCTIONS, ("sgd",))]
    settings = trained | FUNCTIONS
    tables = {(name, by): _profile(name, settings[name], by) for name, by in cases}
    training = {case: table for case, table in tables.items() if case[0] in trained}
    medians = {
        (what, loop): _median(what, loop, training)
        for what, loop in product(WHAT, LOOPS)
    }
    alone = [medians["backward alone", loop] for loop in LOOPS]
    numbers = [n._replace(form="as it stands", predicted=CLAIMED) for n in alone]
    numbers.append(numbers[-1]._replace(form="repaired"))
    numbers += [n for n in medians.values() if n not in alone]
    numbers += [
        _alone(name, by, loop, table)
        for (name, by), table in tables.items()
        for loop in LOOPS
    ]
    shares = {case: f"{n.measured:.0%}" for case, n in medians.items()}
    said = (
        f"{loop} it is {shares['backward alone', loop]} of a step's seconds, "
        f"{shares['forward and backward', loop]} with the forward pass"
        for loop in LOOPS
    )
    return Verdict(
        judge(numbers),
        f"Backward alone, in the median training loop, float32: {'; '.join(said)}.",
        numbers,
        partial(_draw, tables),
    )


def _profile(name: str, settings: dict[str, Any], by: str) -> pd.DataFrame:
    optimizer: Any = optimizers.make(by, learning_rate=RATE)
    return profile(problems.make(name, **settings), optimizer)


def _median(what: str, loop: str, tables: dict) -> Number:
    """The median over problems and optimizers, the least and the largest."""
    shares = [float(table[LOOPS[loop]][WHAT[what]].sum()) for table in tables.values()]
    what = f"{what}, {loop}, median of {len(shares)} training loops [least, largest]"
    ends = min(shares), max(shares)
    return Number("beside", what, np.nan, float(np.median(shares)), *ends)


def _alone(name: str, by: str, loop: str, table: pd.DataFrame) -> Number:
    share = float(table.loc["backward", LOOPS[loop]])  # pyright: ignore
    return Number("beside", f"backward alone, {loop}, {by} on {name}", np.nan, share)


def _draw(tables: dict, figure: Any) -> None:
    """Draw a bar a training loop, backward first; below 0 is left out."""
    names = [f"{name}, {by}" for name, by in tables]
    panels = figure.subplots(1, len(LOOPS), sharex=True, sharey=True)
    for axes, (loop, share) in zip(panels, LOOPS.items(), strict=True):
        left = np.zeros(len(names))
        for part, colour in zip(STACK, COLOURS, strict=False):
            widths = [max(0.0, table.loc[part, share]) for table in tables.values()]
            axes.barh(names, widths, left=left, color=colour, label=part)
            left += widths
        style = {"color": "#111111", "linestyle": "--", "linewidth": 1}
        axes.axvline(CLAIMED, **style, label="claimed")
        axes.set(title=loop, xlabel="share of a step's seconds")
    panels[0].invert_yaxis()
    panels[0].tick_params(axis="y", labelsize=7.5)
    panels[-1].legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
