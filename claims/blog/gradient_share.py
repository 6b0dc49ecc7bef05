"""The share of a step that the gradient takes, by problem, compiled and eager."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np

import bench
import optimizers
import problems

from .. import Check, Evidence, claim, near, within
from . import torch_loop

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
STACK = ("backward", "forward", "update", "overhead")
LOOPS = ("compiled", "eager", "PyTorch")
Shares = Mapping[str, float]
"""Of a step's seconds, by part."""
Loops = Mapping[str, Mapping[tuple[str, str], Shares]]
"""By loop, then by problem and optimizer."""


@claim(
    source="blog",
    sentence="About 80 % of a training loop's time is the gradient.",
    condition="the forward pass is part of the gradient, and 80 % is the least",
)
def gradient_share(full: bool) -> Evidence:
    """Profile sgd and adam on problems with examples, and sgd on the others.

    The sentence compares the gradient with forward passes, so that it means the
    backward pass alone; the repaired sentence counts both. The source timed PyTorch's
    eager loop on its networks: this is repeated if PyTorch is installed.
    """
    trained: dict[str, Any] = TRAINING | ({"mlp": FULL_NET} if full else {})
    loops = _profiled(trained)
    about = near(CLAIMED, abs=0.1, median=True)
    least = within(CLAIMED, median=True)
    numbers = {w: [_median(w, loop, loops) for loop in loops] for w in WHAT}
    alone, both = numbers.values()
    checks = [Check(*number, about) for number in alone]
    checks += [Check(*number, least, "repaired") for number in both]
    if not torch_loop.installed():
        checks.append(Check("loops of PyTorch: install the extra `peers`", 0.0))
    return Evidence(checks, lambda figure: _bars(loops, figure))


def _profiled(trained: Mapping[str, Any]) -> Loops:
    """Return the shares of each loop; those of PyTorch on the networks alone."""
    loops: dict[str, dict[tuple[str, str], Shares]] = {loop: {} for loop in LOOPS}
    for name, by in [*product(trained, ("sgd", "adam")), *product(FUNCTIONS, ("sgd",))]:
        problem = problems.make(name, **{**trained, **FUNCTIONS}[name])
        optimizer: Any = optimizers.make(by, learning_rate=1e-3)
        table = bench.profile(problem, optimizer)
        loops["compiled"][name, by] = table.share.to_dict()
        loops["eager"][name, by] = table.eager_share.to_dict()
    if torch_loop.installed():
        for size, by in product((NET, FULL_NET), ("sgd", "adam")):
            net: Any = problems.make("mlp", fold=False, **size)
            name = f"{net.activation} mlp" if size is FULL_NET else "mlp"
            loops["PyTorch"][name, by] = torch_loop.shares(net, by)
    return {loop: shares for loop, shares in loops.items() if shares}


def _median(what: str, loop: str, loops: Loops) -> tuple[str, bench.Interval]:
    """Return the median over training loops, with the least and the largest."""
    chosen = [s for (name, _), s in loops[loop].items() if name not in FUNCTIONS]
    shares = [sum(share[part] for part in WHAT[what]) for share in chosen]
    what = f"{what}, {loop}, median of {len(shares)} training loops [least, largest]"
    return what, bench.Interval(np.median(shares), min(shares), max(shares), np.nan)


def _bars(loops: Loops, figure: Any) -> None:
    """Plot a bar for each training loop, backward first, without negative parts."""
    panels = figure.subplots(1, len(loops), sharex=True, sharey=True)
    for axes, (loop, shares) in zip(panels, loops.items(), strict=True):
        names = [f"{name}, {by}" for name, by in shares]
        left = np.zeros(len(names))
        for part, style in bench.line_styles(STACK).items():
            widths = [max(0.0, share.get(part, 0.0)) for share in shares.values()]
            axes.barh(names, widths, left=left, color=style.colour, label=part)
            left += widths
        axes.axvline(CLAIMED, color="#111111", ls="--", lw=1, label="claimed")
        axes.set(title=loop, xlabel="share of a step's seconds")
    panels[0].invert_yaxis()
    panels[0].tick_params(axis="y", labelsize=7.5)
    panels[-1].legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
