"""What differences and reverse mode cost in evaluations, against the parameters."""

from functools import partial
from pathlib import Path
from typing import Any

import optimizers
import problems

from ...running.single import measure
from ..call_prices import call_seconds, differences, forward, gradient
from ..claim import Number, Verdict, word
from ..draw import lines

SHAPES = {10: (1, 3), 100: (9, 9), 1_000: (35, 27), 10_000: (99, 99)}
"""Parameters of a net with one hidden layer, its inputs and its width."""
FULL_SHAPES = SHAPES | {100_000: (367, 271)}
METERED = (10, 100, 1_000)


def judge(numbers: list[Number]) -> str:
    """Counts are N + 1 and 2N exactly, the gradient's price is N within a half."""
    stands = [n for n in numbers if n.form == "as it stands"]
    right = [n.agrees(0.0 if n.unit == "calls" else 0.5) for n in stands]
    return word(bool(right) and all(right))


def run(full: bool, folder: Path | None) -> Verdict:
    """Meter a step and price its gradient, on 100 examples, in float32."""
    del folder
    nets = {n: _net(*shape) for n, shape in (FULL_SHAPES if full else SHAPES).items()}
    numbers = [number for n in METERED for number in _metered(n, nets[n])]
    calls = {"forward": forward, "gradient": gradient, "differences": differences}
    prices = {n: call_seconds(calls, net) for n, net in nets.items()}
    numbers += [number for n, price in prices.items() for number in _priced(n, price)]
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, prices))


def _net(columns: int, width: int) -> problems.Problem:
    sizes = {"rows": 100, "columns": columns, "hidden": [width]}
    return problems.make("mlp", activation="tanh", **sizes)


def _metered(n: int, net: problems.Problem) -> list[Number]:
    """Read the meter after one step; a central difference does not need f itself."""
    sgd: Any = optimizers.make("sgd", learning_rate=1e-3)
    one, two = (
        measure(net, sgd, steps=1, gradient=f"{form}_difference").iloc[-1]
        for form in ("forward", "central")
    )
    return [
        _calls(f"evaluations of a forward difference, N = {n:,}", n + 1, one, 1),
        _calls(f"evaluations of a central difference, N = {n:,}", 2 * n, two, 0),
    ]


def _calls(what: str, predicted: int, row: Any, value: int) -> Number:
    read = row.point + value * row.forward
    return Number("as it stands", what, predicted, read, unit="calls")


def _priced(n: int, price: dict) -> list[Number]:
    base, reverse, by_differences = price.values()
    unit = "forward passes"
    return [
        Number(
            "as it stands",
            f"price of value and gradient, N = {n:,}",
            n,
            reverse / base,
            unit=unit,
        ),
        Number(
            "beside",
            f"price of a forward difference, N = {n:,}",
            n + 1,
            by_differences / base,
            unit=unit,
        ),
        Number(
            "beside",
            f"forward difference over value and gradient, N = {n:,}",
            float("nan"),
            by_differences / reverse,
        ),
    ]


def _finding(numbers: list[Number]) -> str:
    counts = [n for n in numbers if n.unit == "calls"]
    right = sum(n.agrees(0.0) for n in counts)
    price = [n.measured for n in numbers if n.what.startswith("price of value")]
    last = [n for n in numbers if n.what.startswith("forward difference over")][-1]
    return (
        f"{right} of {len(counts)} readings are N + 1 and 2N. But value and gradient "
        f"by reverse mode cost {min(price):.1f} to {max(price):.1f} forward passes; "
        f"{last.what}: {last.measured:,.0f} times the seconds (float32)."
    )


def _draw(prices: dict, figure: Any) -> None:
    sizes = list(prices)
    names = {"gradient": "reverse mode", "differences": "forward difference"}
    curves = {
        told: (sizes, [p[name] / p["forward"] for p in prices.values()])
        for name, told in names.items()
    }
    lines(
        figure,
        curves,
        "parameters N",
        "seconds over those of a forward pass",
        x_log=True,
        dots=True,
        dashed={"N + 1": (sizes, [n + 1 for n in sizes])},
    )
