"""What differences and reverse mode cost in evaluations, against the parameters."""

from collections.abc import Iterator
from typing import Any

import bench
import optimizers
import problems

from .. import Check, Evidence, claim, lines, near
from ..calls import differences, forward, gradient

SHAPES = {10: (1, 3), 100: (9, 9), 1_000: (35, 27), 10_000: (99, 99)}
"""Parameters of a net with one hidden layer, its inputs and its width."""
FULL_SHAPES = SHAPES | {100_000: (367, 271)}
METERED = (10, 100, 1_000)
CALLS = {
    "forward pass": forward,
    "reverse mode": gradient,
    "forward difference": differences,
}


@claim(
    source="fd",
    sentence="A forward difference costs N + 1 evaluations and a central one 2N: "
    "negligible beside the N that the gradient needs.",
)
def fd_evaluations(full: bool) -> Evidence:
    """Meter a step and price its gradient, on 100 examples, in float32."""
    nets = {n: _net(*shape) for n, shape in (FULL_SHAPES if full else SHAPES).items()}
    seconds = {n: bench.call_seconds(CALLS, net) for n, net in nets.items()}
    checks = [check for n in METERED for check in _metered(n, nets[n])]
    checks += [check for n, spent in seconds.items() for check in _priced(n, spent)]
    curves = {
        call: (list(nets), [s[call] / s["forward pass"] for s in seconds.values()])
        for call in ("reverse mode", "forward difference")
    }
    labels = "parameters N", "seconds over those of a forward pass"
    expected = {"N + 1": (list(nets), [n + 1 for n in nets])}
    plot = lines(curves, *labels, x_log=True, dots=True, dashed=expected)
    return Evidence(checks, plot)


def _net(columns: int, width: int) -> problems.Problem:
    sizes = {"rows": 100, "columns": columns, "hidden": [width]}
    return problems.make("mlp", activation="tanh", **sizes)


def _metered(n: int, net: problems.Problem) -> Iterator[Check]:
    """Read the meter after one step; a central difference does not need f itself."""
    sgd: Any = optimizers.make("sgd", learning_rate=1e-3)
    for form, base, expected in (("forward", 1, n + 1), ("central", 0, 2 * n)):
        trace = bench.measure(net, sgd, steps=1, gradient=f"{form}_difference")
        read = trace.point.iloc[-1] + base * trace.forward.iloc[-1]
        what = f"evaluations of a {form} difference, N = {n:,}"
        yield Check(what, read, near(expected), unit="calls")


def _priced(n: int, seconds: dict[str, float]) -> Iterator[Check]:
    """Set prices beside the N forward passes that the gradient is said to need."""
    value, reverse, by_differences = seconds.values()
    unit = "forward passes"
    what = f"price of value and gradient, N = {n:,}"
    yield Check(what, reverse / value, near(n, rel=0.5), unit=unit)
    what = f"price of a forward difference, N = {n:,}"
    yield Check(what, by_differences / value, unit=unit)
    what = f"forward difference over value and gradient, N = {n:,}"
    yield Check(what, by_differences / reverse)
