"""The power of n by which the costs of the gradient and of differences grow."""

from collections.abc import Iterator

import bench
import problems

from .. import Check, Evidence, claim, lines, near
from ..calls import forward, gradient, power, shifted

SIZES = (64, 256, 1024)
CALLS = {"gradient": (gradient, 1), "differences": (shifted, 2)}
"""The calls, and the powers of n that the sentence states."""


@claim(
    source="step",
    sentence="The gradient costs O(n), differences along every direction O(n²).",
    condition="one value costs O(n)",
)
def dimension_cost() -> Evidence:
    """Fit powers of n to XLA's FLOPs, in float32."""
    checks, curves = list[Check](), {}
    for model, sizes in _models().items():
        values = [bench.call_flops(forward, size) for size in sizes]
        for name, (call, expected) in CALLS.items():
            flops = [bench.call_flops(call, size) for size in sizes]
            powers = (power(SIZES, cost) for cost in (flops, values))
            checks += _checks(f"power of n, {name}, {model}", expected, *powers)
            curves[f"{name}, {model}"] = (SIZES, flops)
    labels = "parameters n", "FLOPs of one call"
    return Evidence(checks, lines(curves, *labels, x_log=True, dots=True))


def _models() -> dict[str, list[problems.Problem]]:
    """Return models by their size; only the quadratic's value costs O(n²)."""
    make, rest = problems.make, {"rows": 1_100, "held_out": 0.0}
    widths = [round(n**0.5) - 1 for n in SIZES]  # of (w + 1)² parameters
    return {
        "linear model": [make("linear_regression", columns=n, **rest) for n in SIZES],
        "net": [make("mlp", rows=500, columns=w, hidden=[w]) for w in widths],
        "dense quadratic": [make("quadratic", dimension=n, rotate=True) for n in SIZES],
    }


def _checks(what: str, expected: int, call: float, value: float) -> Iterator[Check]:
    """Compare powers of n with the sentence's; repaired, of costs over a value's."""
    yield Check(f"{what}: FLOPs", call, near(expected, abs=0.1))
    more = f"{what}: FLOPs over a value's"
    yield Check(more, call - value, near(expected - 1, abs=0.1), "repaired")
