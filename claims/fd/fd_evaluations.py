"""The cost of differences and of reverse mode, against the number of parameters."""

from collections.abc import Iterator
from typing import Any

import bench
import optimizers
import problems

from .. import Check, Evidence, claim, lines, near
from ..calls import differences, forward, gradient

SHAPES = {10: (1, 3), 100: (9, 9), 1000: (35, 27), 10000: (99, 99), 100000: (367, 271)}
"""Parameters of a net with one hidden layer, its inputs and its width."""
CALLS = {"value": forward, "reverse mode": gradient, "forward difference": differences}


@claim(
    source="fd",
    sentence="A forward difference costs N + 1 evaluations and a central one 2N: "
    "negligible beside the N that the gradient needs.",
)
def fd_evaluations(full: bool) -> Evidence:
    """Meter a step and price its gradient, on 100 examples, in float32."""
    nets = {
        n: problems.make("mlp", rows=100, columns=inputs, hidden=[w], activation="tanh")
        for n, (inputs, w) in SHAPES.items()
        if full or n <= 10_000
    }
    seconds = {n: bench.call_seconds(CALLS, net) for n, net in nets.items()}
    sizes = list(nets)
    checks = [check for n in sizes[:3] for check in _metered(n, nets[n])]
    checks += [check for n, spent in seconds.items() for check in _priced(n, spent)]
    curves = {
        call: (sizes, [s[call] / s["value"] for s in seconds.values()])
        for call in ("reverse mode", "forward difference")
    }
    labels = "parameters N", "seconds over those of a forward pass"
    law = {"N + 1": (sizes, [n + 1 for n in sizes])}
    return Evidence(checks, lines(curves, *labels, x_log=True, dots=True, dashed=law))


def _metered(n: int, net: problems.Problem) -> Iterator[Check]:
    """Check the readings of one step; a central difference does not need f itself."""
    sgd: Any = optimizers.make("sgd", learning_rate=1e-3)
    for form, base, expected in (("forward", 1, n + 1), ("central", 0, 2 * n)):
        trace = bench.measure(net, sgd, steps=1, gradient=f"{form}_difference")
        read = trace.point.iloc[-1] + base * trace.forward.iloc[-1]
        what = f"evaluations of a {form} difference, N = {n:,}"
        yield Check(what, read, near(expected), unit="calls")


def _priced(n: int, seconds: dict[str, float]) -> Iterator[Check]:
    """Compare prices with the N forward passes that the sentence predicts."""
    value, reverse, by_differences = seconds.values()
    what = f"price of value and gradient, N = {n:,}"
    yield Check(what, reverse / value, near(n, rel=0.5), unit="forward passes")
    what = f"forward difference over value and gradient, N = {n:,}"
    yield Check(what, by_differences / reverse)
