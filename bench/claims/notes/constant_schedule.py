"""Noise floors of constant learning rates, and the pursuit of an optimum that moves."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from ...running.in_process import experiment
from ...statistics.intervals import interval
from ..claim import Number, Verdict, word
from ..draw import lines
from . import drifting_target
from .noise_floor import CURVATURES, floor, reshuffled, tails

CONFIG = """
name = "noise-floors"
seeds = 10
budget = { steps = 3000 }
[[problems]]
name = "quadratic"
dimension = 100
condition = 3.0
noise = 1.0
rows = 1000
[[optimizers]]
name = "sgd"
[optimizers.grid]
learning_rate = [0.02, 0.2, 1.6]
batch = [{ size = 1, stream = true }, { size = 1, replace = true }, 1]
"""
SHORT_EPOCHS = ("problems.0.rows=20", "optimizers.0.grid.batch=[1]")


def judge(numbers: list[Number]) -> str:
    """Both halves hold.

    Floors, streamed and with replacement, are within 5 % of the formula or have it in
    their interval; and as the optimum moves the best 1/k leaves more than the best
    constant rate, with the whole interval of the ratio above 1. (Every τ is well below
    the length of the run: a longer one is a constant rate in all but name.)
    """
    mine = [n for n in numbers if n.form == "as it stands"]
    floors = [n for n in mine if n.unit != "times"]
    ratios = [n for n in mine if n.unit == "times"]
    stops = bool(floors) and all(n.agrees(0.05) for n in floors)
    return word(stops and bool(ratios) and all(n.low > 1 for n in ratios))


def run(full: bool, folder: Path | None) -> Verdict:
    """Average what is seen late in trials on a quadratic with noise, in float32."""
    del full, folder
    runs = experiment(CONFIG), experiment(CONFIG, *SHORT_EPOCHS)
    floors = list(_floors(pd.concat([tails(run) for run in runs])))
    drifting = experiment(drifting_target.CONFIG)
    ratios = drifting_target.numbers(drifting)
    numbers = [*(n for _, _, n in floors), *ratios]
    return Verdict(
        judge(numbers),
        _finding(floors, ratios),
        numbers,
        partial(_draw, floors, drifting_target.curves(drifting)),
    )


def _floors(trials: Any) -> Iterator[tuple[str, float, Number]]:
    """Yield how examples are chosen, ε, and the floor beside its formula."""
    trials = trials.assign(chosen=trials.apply(_chosen, axis="columns"))
    for (chosen, rate), mine in trials.groupby(
        ["chosen", "optimizer.settings.learning_rate"]
    ):
        predicted, form = floor(rate, CURVATURES, 1.0), "as it stands"
        if "epochs" in chosen:
            rows, form = mine["problem.settings.rows"].iloc[0], "beside"
            predicted = reshuffled(rate, CURVATURES, 1.0, rows, mine.seen.sum())
        what = f"floor of the suboptimality, {chosen}, ε = {rate:g}, float32"
        yield chosen, rate, Number(form, what, predicted, *interval(mine.left)[:3])


def _chosen(trial: Any) -> str:
    if trial["batch.stream"]:
        return "streamed"
    if trial["batch.replace"]:
        return "with replacement"
    return f"epochs of {trial['problem.settings.rows']:,}"


def _finding(floors: list, ratios: list[Number]) -> str:
    off = max(
        abs(n.measured / n.predicted - 1)
        for _, _, n in floors
        if n.form == "as it stands"
    )
    lowest, rate, epochs = min(
        (n.measured / floor(rate, CURVATURES, 1.0), rate, chosen)
        for chosen, rate, n in floors
        if n.form == "beside"
    )
    moving, resting = ratios[:2]
    return (
        f"Floors differ from Σ ε σ²/(2(2 - ελ)) by at most {off:.0%}, streamed and "
        f"with replacement; {epochs} at ε = {rate:g} stop at {lowest:.0%} of it. After "
        f"{drifting_target.STEPS:,} steps the best 1/k leaves {moving.measured:.2g} "
        "times what the best constant rate leaves as the optimum moves, and "
        f"{resting.measured:.2g} times where it rests."
    )


def _draw(floors: list, moving: dict[str, Any], figure: Any) -> None:
    above, below = figure.subfigures(2, 1)
    names = dict.fromkeys(chosen for chosen, _, _ in floors)
    rates = sorted({rate for _, rate, _ in floors})
    lines(
        above,
        {
            name: (rates, [n.measured for chosen, _, n in floors if chosen == name])
            for name in names
        },
        "learning rate ε",
        "floor",
        x_log=True,
        dots=True,
        dashed={"formula": (rates, [floor(rate, CURVATURES, 1.0) for rate in rates])},
    )
    lines(below, moving, "step, the optimum moving", "suboptimality", x_log=True)
