"""By which power of the parameters the gradient's and differences' costs grow."""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import problems

from ..call_prices import (
    Call,
    call_flops,
    call_seconds,
    differences,
    forward,
    gradient,
    power,
    shifted,
)
from ..claim import Number, Verdict, by_agreement
from ..draw import lines

SIZES = (64, 256, 1024)
COUNTED: dict[str, Call] = {
    "value": forward,
    "gradient": gradient,
    "differences": shifted,
}
TIMED: dict[str, Call] = COUNTED | {"differences": differences}
SAID = {"gradient": 1, "differences": 2}
"""Powers of n by the sentence; repaired, one less of what a value costs."""
MODELS = ("linear model", "net", "dense quadratic")

judge = partial(
    by_agreement, relative=0.0, absolute=0.1, condition="one value costs O(n)"
)


class Costs(NamedTuple):
    """A call's costs at each size."""

    flops: list[float]
    seconds: list[float]


def run(full: bool, folder: Path | None) -> Verdict:
    """Fit powers of n to XLA's FLOPs; those of seconds stand beside. In float32."""
    del full, folder
    costs = {model: _costs(_made(model)) for model in MODELS}
    numbers = [n for model in MODELS for n in _powers(model, costs[model])]
    return Verdict(judge(numbers), _finding(costs), numbers, partial(_draw, costs))


def _made(model: str) -> list[problems.Problem]:
    """Return a model's sizes.

    A value costs O(n) of the linear model on 1,100 examples and of the net on 500,
    and O(n²) of the quadratic.
    """
    if model == "linear model":
        rest: dict[str, Any] = {"rows": 1_100, "held_out": 0.0}
        return [problems.make("linear_regression", columns=n, **rest) for n in SIZES]
    if model == "dense quadratic":
        return [problems.make("quadratic", dimension=n, rotate=True) for n in SIZES]
    widths = [round(n**0.5) - 1 for n in SIZES]  # of (w + 1)² parameters
    return [problems.make("mlp", rows=500, columns=w, hidden=[w]) for w in widths]


def _costs(sizes: list[problems.Problem]) -> dict[str, Costs]:
    seconds = [call_seconds(TIMED, problem) for problem in sizes]
    return {
        name: Costs(
            [call_flops(call, problem) for problem in sizes],
            [at_size[name] for at_size in seconds],
        )
        for name, call in COUNTED.items()
    }


def _powers(model: str, costs: dict[str, Costs]) -> list[Number]:
    of_value = power(SIZES, costs["value"].flops)
    numbers = []
    for name, said in SAID.items():
        flops, seconds = (power(SIZES, cost) for cost in costs[name])
        what = f"power of n, {name}, {model}"
        over = f"{what}: FLOPs over a value's"
        numbers += [
            Number("as it stands", f"{what}: FLOPs", said, flops),
            Number("repaired", over, said - 1, flops - of_value),
            Number("beside", f"{what}: seconds, beside FLOPs", flops, seconds),
        ]
    return numbers


def _finding(costs: dict[str, dict[str, Costs]]) -> str:
    told = "; ".join(
        f"{model} "
        + ", ".join(f"{power(SIZES, cost.flops):.2f}" for cost in calls.values())
        for model, calls in costs.items()
    )
    return f"Powers of n in FLOPs of {', '.join(COUNTED)}: {told}."


def _draw(costs: dict[str, dict[str, Costs]], figure: Any) -> None:
    curves = {
        f"{name}, {model}": (SIZES, costs[model][name].flops)
        for name in SAID
        for model in MODELS
    }
    lines(figure, curves, "parameters n", "FLOPs of one call", x_log=True, dots=True)
