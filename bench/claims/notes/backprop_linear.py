"""What back-propagation costs by depth and width, and what the sum over paths does."""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax

import problems

from ..call_prices import call_flops, call_seconds, forward, gradient, power
from ..claim import Number, Verdict, by_agreement
from ..draw import lines
from . import path_counts

DEPTHS, WIDTHS = (2, 4, 8, 16, 32), (8, 32, 128)
"""Hidden layers of width 32, and widths of 4 hidden layers."""

judge = partial(by_agreement, relative=0.0, absolute=0.25)


class Ratio(NamedTuple):
    """Value and gradient over value."""

    flops: float
    seconds: float


def run(full: bool, folder: Path | None) -> Verdict:
    """Price tanh nets on 500 examples in float32, and walk graphs in float64."""
    del full, folder
    nets = {
        "depth": (DEPTHS, [_ratio([32] * depth) for depth in DEPTHS]),
        "width": (WIDTHS, [_ratio([width] * 4) for width in WIDTHS]),
    }
    with jax.enable_x64(True):
        walks = path_counts.walks()
        numbers = [*_powers(nets), *path_counts.growth(walks), *path_counts.counts()]
    draw = partial(_draw, nets, walks)
    return Verdict(judge(numbers), _finding(nets, numbers), numbers, draw)


def _ratio(hidden: list[int]) -> Ratio:
    net = problems.make("mlp", rows=500, hidden=hidden, activation="tanh")
    flops = call_flops(gradient, net) / call_flops(forward, net)
    seconds = call_seconds({"value": forward, "gradient": gradient}, net)
    return Ratio(flops, seconds["gradient"] / seconds["value"])


def _powers(nets: dict) -> list[Number]:
    """Fit powers of the depth and of the width, which a constant has not."""
    numbers = []
    for what, (sizes, ratios) in nets.items():
        flops, seconds = (power(sizes, ratio) for ratio in zip(*ratios, strict=True))
        told = f"power of the {what}, value and gradient over value"
        numbers += [
            Number("as it stands", f"{told}: FLOPs", 0, flops),
            Number("beside", f"{told}: seconds", 0, seconds),
        ]
    return numbers


def _finding(nets: dict, numbers: list[Number]) -> str:
    ratios = [ratio for _, mine in nets.values() for ratio in mine]
    flops, seconds = zip(*ratios, strict=True)
    stands = [n for n in numbers if n.form == "as it stands"]
    told = "; ".join(f"{n.what} {n.measured:.3g}" for n in stands)
    return (
        f"Value and gradient cost {min(flops):.1f} to {max(flops):.1f} times the "
        f"value's FLOPs and {min(seconds):.1f} to {max(seconds):.1f} times its seconds "
        f"(float32). {told[0].upper()}{told[1:]}."
    )


def _draw(nets: dict, walks: dict, figure: Any) -> None:
    above, below = figure.subfigures(2, 1)
    curves = {
        f"{unit}, by {what}": (sizes, [ratio[field] for ratio in ratios])
        for what, (sizes, ratios) in nets.items()
        for field, unit in enumerate(("FLOPs", "seconds"))
    }
    axes = lines(
        above,
        curves,
        "hidden layers, or width",
        "gradient over value",
        x_log=True,
        y_log=False,
        dots=True,
    )
    axes.set_ylim(bottom=0)
    products = {
        name: (path_counts.STEPS[name], walk.products) for name, walk in walks.items()
    }
    lines(
        below,
        products,
        "steps n of the recursion",
        "multiplications",
        dots=True,
    )
