"""Differences that keep what they can, against the gradient, by the hidden layers."""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import problems

from ..call_prices import (
    Call,
    call_flops,
    call_seconds,
    forward,
    gradient,
    parameters,
    power,
)
from ..claim import Form, Number, Verdict, word
from ..draw import lines
from .memoised import linear, network

COLUMNS = (32, 128, 512)
WIDTHS = (16, 32, 64)
TIMED = 1
"""Which of the sizes is timed too."""
POWER = "power of N"
ORDER = "differences with memory over the gradient, FLOPs"
SAVED = "differences without memory over with, FLOPs"


class Model(NamedTuple):
    """What is differentiated, and how FLOPs ought to grow.

    Attributes:
        name: In words.
        call: Its differences with memory.
        order: Power of N by which they exceed the gradient's FLOPs.
        saved: Power of N by which those without memory exceed them.
        less: The model with one layer less and the same loss.
    """

    name: str
    call: Call
    order: float
    saved: float
    less: str = ""


# m examples, w inputs and w units a layer: the gradient costs m for each of N ~ w²
# weights, a difference m w two layers below the output, m w² three layers below
MODELS = (
    Model("linear, squares", linear, 0, 1),
    Model("linear, logistic", linear, 0, 1),
    Model("1 hidden layer", network, 0, 1, "linear, squares"),
    Model("2 hidden layers", network, 0.5, 0.5, "1 hidden layer"),
    Model("3 hidden layers", network, 1, 0, "2 hidden layers"),
)


class Costs(NamedTuple):
    """FLOPs over the gradient's by size, and seconds over its at one size."""

    parameters: list[int]
    kept: list[float]
    plain: list[float]
    seconds: float


def judge(numbers: list[Number]) -> str:
    """Orders are as said to a quarter power, and what ought to be more is more."""

    def right(number: Number) -> bool:
        if number.unit == POWER:
            return number.agrees(0.0, 0.25)
        return number.measured > number.predicted

    stands = [n for n in numbers if n.form == "as it stands"]
    return word(bool(stands) and all(map(right, stands)))


def run(full: bool, folder: Path | None) -> Verdict:
    """Count XLA's FLOPs and time calls on 600 or 100 examples, in float32."""
    del full, folder
    costs = {model.name: _costs(model) for model in MODELS}
    numbers = [number for model in MODELS for number in _numbers(model, costs)]
    return Verdict(judge(numbers), _finding(costs), numbers, partial(_draw, costs))


def _made(name: str) -> list[problems.Problem]:
    """Return the sizes of a model."""
    if name.startswith("linear"):
        kind = "linear" if name == "linear, squares" else "logistic"
        rest: dict[str, Any] = {"rows": 600, "held_out": 0.0, "l2": 0.0}
        return [problems.make(f"{kind}_regression", columns=n, **rest) for n in COLUMNS]
    depth = int(name[0])
    return [
        problems.make("mlp", rows=100, columns=w, hidden=[w] * depth) for w in WIDTHS
    ]


def _costs(model: Model) -> Costs:
    sizes = _made(model.name)
    flops = [
        [call_flops(call, problem) for call in (forward, gradient, model.call)]
        for problem in sizes
    ]
    counts = [parameters(problem) for problem in sizes]
    timed = call_seconds({"gradient": gradient, "kept": model.call}, sizes[TIMED])
    return Costs(
        counts,
        [kept / reverse for _, reverse, kept in flops],
        [(n + 1) * f / g for n, (f, g, _) in zip(counts, flops, strict=True)],
        timed["kept"] / timed["gradient"],
    )


def _numbers(model: Model, costs: dict[str, Costs]) -> list[Number]:
    """Set one model's costs beside what the sentence, or the count, says of them."""
    name, cost = model.name, costs[model.name]
    of_linear = name.startswith("linear")
    form: Form = "as it stands" if of_linear else "beside"
    least = costs[model.less].kept[-1] if model.less else 1.0
    more = f"FLOPs with memory over the gradient's, {name}, N = {cost.parameters[-1]:,}"
    timed = f"seconds with memory over the gradient's, {name}"
    return [
        Number(form, f"{ORDER}, {name}", model.order, _order(cost), unit=POWER),
        Number("as it stands", more, least, cost.kept[-1]),
        Number("beside", f"{SAVED}, {name}", model.saved, _saved(cost), unit=POWER),
        Number(
            "beside",
            f"{timed}, N = {cost.parameters[TIMED]:,}",
            cost.kept[TIMED],
            cost.seconds,
        ),
    ]


def _finding(costs: dict[str, Costs]) -> str:
    told = "; ".join(
        f"{model.name} {cost.kept[-1]:,.1f} times, by N^{_order(cost):.2f}, saving "
        f"N^{_saved(cost):.2f}"
        for model, cost in zip(MODELS, costs.values(), strict=True)
    )
    seconds = ", ".join(f"{cost.seconds:,.0f}" for cost in costs.values())
    return (
        "FLOPs of differences with memory over the gradient's at the largest size, how "
        f"they grow, and what memory saves: {told}. Seconds, at the size timed, are "
        f"{seconds} times the gradient's."
    )


def _order(cost: Costs) -> float:
    return power(cost.parameters, cost.kept)


def _saved(cost: Costs) -> float:
    return power(cost.parameters, cost.plain) - _order(cost)


def _draw(costs: dict[str, Costs], figure: Any) -> None:
    curves = {name: (cost.parameters, cost.kept) for name, cost in costs.items()}
    last = {
        f"no memory, {name}": (costs[name].parameters, costs[name].plain)
        for name in (MODELS[0].name, MODELS[-1].name)
    }
    lines(
        figure,
        curves,
        "parameters N",
        "FLOPs of differences over the gradient's",
        x_log=True,
        dots=True,
        dashed=last,
    )
