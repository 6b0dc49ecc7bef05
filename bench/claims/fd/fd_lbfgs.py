"""How near L-BFGS comes to the optimum on differences, against their length ε."""

import tomllib
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ...running.in_process import experiment
from ...statistics.intervals import interval
from ..claim import Form, Number, Verdict, word
from ..draw import lines
from .difference_floor import Optimum

FORMS = ("forward", "central")
LENGTHS = (1e-8, 1e-6, 1e-4, 1e-3, 1e-2, 1e-1)
CONFIG = f"""
name = "fd-lbfgs"
seeds = 10
[budget]
steps = 50
[[problems]]
name = "logistic_regression"
rows = 500
columns = 10
condition = 100
l2 = 0.01
held_out = 0.0
[[optimizers]]
name = "lbfgs"
label = "of its own length"
[optimizers.grid]
gradient = ["autodiff", "forward_difference", "central_difference"]
[[optimizers]]
name = "lbfgs"
label = "of a given length"
[optimizers.grid]
gradient = ["forward_difference", "central_difference"]
gradient_step = {list(LENGTHS)}
"""
WORKS = 1e-6
"""Suboptimality at which L-BFGS is said to work."""
CONDITION = "an answer nearer than ½ eᵀH⁻¹e is asked for, e the gradient's error"


def judge(numbers: list[Number]) -> str:
    """No difference of the suite's own length works; or the floors are ½ eᵀH⁻¹e.

    To work is to come nearer than `WORKS`; a floor is as predicted within 2 times.
    """

    def all_of(form: str, right: Any) -> bool:
        mine = [n for n in numbers if n.form == form]
        return bool(mine) and all(right(n.measured / n.predicted) for n in mine)

    stands = all_of("as it stands", lambda ratio: ratio > 1)
    return word(stands, all_of("repaired", lambda ratio: 0.5 <= ratio <= 2), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Take 50 steps from 10 starts at each length; the last loss is the floor."""
    del full, folder
    numbers: list[Number] = []
    for dtype in ("float32", "float64"):
        trials = experiment(CONFIG, f"dtype={dtype}").trials
        numbers += [*_own_length(trials, dtype), *_given_length(trials, dtype)]
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, numbers))


def _own_length(trials: Any, dtype: str) -> list[Number]:
    own = trials[trials.label == "of its own length"]
    numbers = []
    for source, group in own.groupby("gradient", sort=False):
        decides = source != "autodiff"
        form: Form = "as it stands" if decides else "beside"
        what = f"floor, {source.replace('_', ' ')}, {dtype}"
        numbers.append(Number(form, what, WORKS if decides else nan, *_floor(group)))
    return numbers


def _given_length(trials: Any, dtype: str) -> list[Number]:
    """Set floors beside predictions.

    These count where e is ten times its rounding, 2 u f / ε, and makes a hundred
    times the loss's own.
    """
    u, numbers = float(np.finfo(dtype).eps) / 2, list[Number]()
    with jax.enable_x64(True):
        exact, objective = _objective("float64"), _objective(dtype)
        best = Optimum.near(jnp.zeros(exact.examples.inputs.shape[0]), exact)
        spacing = float(np.spacing(np.dtype(dtype).type(best.loss)))
        numbers.append(
            Number("beside", f"spacing of losses there, {dtype}", nan, spacing)
        )
        for form in FORMS:
            mine = trials[trials.gradient == f"{form}_difference"]
            for length in LENGTHS:
                error, rise = best.floor(objective, form, length)
                rounding = 2 * u * best.loss / length
                counts = error > 10 * rounding and rise > 100 * u * best.loss
                numbers.append(
                    Number(
                        "repaired" if counts else "beside",
                        f"floor, ε = {length:g}, {form} difference, {dtype}",
                        rise,
                        *_floor(mine[mine.gradient_step == length]),
                    )
                )
    return numbers


def _objective(dtype: str) -> problems.Objective:
    (problem,) = tomllib.loads(CONFIG)["problems"]
    return problems.objective(problems.make(dtype=dtype, **problem))


def _floor(trials: Any) -> tuple[float, float, float]:
    return interval(trials.final_loss - trials.optimum)[:3]


def _finding(numbers: list[Number]) -> str:
    own = [n for n in numbers if n.what.startswith("floor, ") and "ε" not in n.what]
    told = "; ".join(f"{n.what.removeprefix('floor, ')} {n.measured:.0e}" for n in own)
    ratios = [n.measured / n.predicted for n in numbers if n.form == "repaired"]
    worst = max((n for n in numbers if "ε" in n.what), key=lambda n: n.measured)
    return (
        f"Suboptimality after 50 steps, ε being the suite's own: {told}. Where "
        f"truncation rules it is {min(ratios):.2f} to {max(ratios):.2f} times "
        f"½ eᵀH⁻¹e ({len(ratios)} lengths). Worst: "
        f"{worst.what.removeprefix('floor, ')}, {worst.measured:.1e}."
    )


def _draw(numbers: list[Number], figure: Any) -> None:
    """Draw floors, those at or below 1e-17 at 1e-17."""
    curves = {
        f"{form}, {dtype}": [
            max(n.measured, 1e-17)
            for n in numbers
            if "ε" in n.what and n.what.endswith(f"{form} difference, {dtype}")
        ]
        for dtype in ("float32", "float64")
        for form in FORMS
    }
    lines(
        figure,
        {name: (LENGTHS, floors) for name, floors in curves.items()},
        "length ε of a difference",
        "suboptimality after 50 steps",
        x_log=True,
        dots=True,
        dashed={"said to work": (LENGTHS, [WORKS] * len(LENGTHS))},
    )
