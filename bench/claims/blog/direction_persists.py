"""The angle between one gradient and the next, and moves walked along one."""

from collections.abc import Mapping, Sequence
from functools import partial
from math import nan
from pathlib import Path
from typing import Any

import numpy as np

import problems

from ...keeping.reading import Run
from ...plots.look import looks
from ..claim import Form, Number, Verdict, word
from .directions import Walk, halves, walk
from .more_descent import at_its_best

PROBLEMS: Mapping[str, tuple[str, dict[str, Any], str]] = {
    "figure 9's net": (
        "mlp",
        {"rows": 1_000, "columns": 20, "hidden": [10] * 6, "activation": "none"},
        "loss = 0.2",
    ),
    "figure 12's net": (
        "mlp",
        {"rows": 1_000, "columns": 10, "hidden": [10] * 4, "activation": "relu"},
        "loss = 0.1",
    ),
    "logistic regression": (
        "logistic_regression",
        {"rows": 500, "columns": 10, "l2": 0.01},
        "suboptimality = 1e-3",
    ),
    "quadratic": ("quadratic", {"condition": 100.0}, "suboptimality = 0.02"),
}
"""Factory, settings and target."""
CONFIG = """
name = "directions"
seeds = 10
every_step = true
budget = {{ seconds = 60, gradients = 2000, forwards = 6000, target = {{ {target} }} }}
problems = [{{ {problem} }}]
[[optimizers]]
name = "sgd"
grid = {{ learning_rate = [3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0, 10.0] }}
[[optimizers]]
name = "keep_stepping_published"
label = "KS_50_0"
max_steps = 50
grid = {{ learning_rate = [1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0] }}
"""
HARDLY = 0.99
"""Cosine of 8 degrees."""
SHARE = 0.1
CONDITION = f"the learning rate is {SHARE:g} of the best one"


def judge(numbers: Sequence[Number]) -> str:
    """On every problem the cosine stays above 0.99 until half the way is done.

    Half of f - f*, that is; by the interval over seeds of the median over steps. As
    it stands at the learning rate at which SGD is cheapest, repaired at a tenth of it.
    """

    def persists(form: Form) -> bool:
        mine = [n for n in numbers if n.form == form]
        return bool(mine) and all(n.low >= n.predicted for n in mine)

    return word(persists("as it stands"), persists("repaired"), CONDITION)


def run(full: bool, folder: Path | None) -> Verdict:
    """Follow SGD at its best learning rate and below, and KS_50_0 at its own."""
    del full, folder
    numbers: list[Number] = []
    walks, moves = {}, {}
    for name, (factory, settings, target) in PROBLEMS.items():
        run = at_its_best(_config(factory, settings, target))
        problem: Any = problems.make(factory, **settings)
        rate, steps = _best(run)
        walks[name] = walk(problem, rate, steps)
        slow = walk(problem, SHARE * rate, int(steps / SHARE))
        moves[name] = _moves(run, problem.optimum() or 0.0)
        numbers += _persistence(name, rate, walks[name], slow)
        for half, seen in zip(("first", "second"), halves(*moves[name]), strict=True):
            what = f"{name}: moves of KS_50_0 along a gradient, {half} half"
            numbers.append(Number("beside", what, nan, *seen, unit="moves"))
    told = _finding(numbers)
    return Verdict(judge(numbers), told, numbers, partial(_draw, walks, moves))


def _config(factory: str, settings: dict[str, Any], target: str) -> str:
    said = {"name": factory} | settings
    problem = ", ".join(f"{key} = {value!r}" for key, value in said.items())
    return CONFIG.format(problem=problem, target=target)


def _best(run: Run) -> tuple[float, int]:
    """Return SGD's learning rate, and the most steps it took."""
    mine = [record for record in run.records if record["label"] == "sgd"]
    steps = max(record["steps"] for record in mine)
    return mine[0]["optimizer"]["settings"]["learning_rate"], steps


def _persistence(name: str, rate: float, fast: Walk, slow: Walk) -> list[Number]:
    what = f"{name}: cosine of successive gradients, {{}} half, ε = {{:g}}"
    first, then = halves(fast.left, fast.cosine)
    below, _ = halves(slow.left, slow.cosine)
    return [
        Number("as it stands", what.format("first", rate), HARDLY, *first),
        Number("repaired", what.format("first", SHARE * rate), HARDLY, *below),
        Number("beside", what.format("second", rate), nan, *then),
    ]


def _moves(run: Run, optimum: float) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return what was left before each step of KS_50_0, and moves of the step."""
    mine = [r for r in run.records if r["label"] == "KS_50_0"]
    traces = [run.trace(r["key"]) for r in sorted(mine, key=lambda r: r["seed"])]
    above = [trace.loss.to_numpy()[:-1] - optimum for trace in traces]
    moves = [np.diff(trace.forward) - 1.0 for trace in traces]
    return [x / x[0] for x in above], moves


def _finding(numbers: Sequence[Number]) -> str:
    def told(form: Form) -> str:
        mine = [n for n in numbers if n.form == form]
        least = min(mine, key=lambda n: n.measured)
        kept = sum(n.low >= n.predicted for n in mine)
        return f"{kept} of {len(mine)} problems (least {least.measured:.4f})"

    walked = [n for n in numbers if n.unit == "moves"]
    moves = ", ".join(
        f"{first.measured:.0f} and {then.measured:.0f} ({first.what.partition(':')[0]})"
        for first, then in zip(walked[::2], walked[1::2], strict=True)
    )
    return (
        f"In the first half of the way the cosine stays above {HARDLY} on "
        f"{told('as it stands')} at SGD's best ε, and on {told('repaired')} at a tenth "
        f"of it. KS_50_0 walks so many moves along a gradient in the first half and "
        f"in the second: {moves}."
    )


def _draw(walks: Mapping[str, Walk], moves: Mapping[str, Any], figure: Any) -> None:
    left, right = figure.subplots(1, 2)
    for name, look in looks(walks).items():
        style: Any = {"color": look.colour, "marker": look.marker, "markersize": 3}
        left.plot(walks[name].left[0], walks[name].cosine[0], **style, label=name)
        right.plot(moves[name][0][0], moves[name][1][0], **style)
    left.set(ylabel="cosine of a gradient with the next", title="SGD at its best ε")
    right.set(ylabel="moves walked along a gradient", title="KS_50_0 at its best ε")
    for axes in (left, right):
        axes.set(
            xlabel="f - f* over the start's, seed 0", xscale="log", xlim=(1.5, 5e-3)
        )
        axes.axvline(0.5, color="#7F7F7F", linestyle=":", linewidth=1)
    figure.legend(loc="outside lower center", ncols=len(walks))
