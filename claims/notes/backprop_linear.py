"""The cost of back-propagation by depth and width, and of the sum over paths."""

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

import bench
import problems

from .. import Check, Evidence, claim, lines, near, stacked
from ..calls import forward, gradient, power
from .expression_graph import backward, by_paths, graph

NETS = {
    "depth": {depth: [32] * depth for depth in (2, 4, 8, 16, 32)},
    "width": {width: [width] * 4 for width in (8, 32, 128)},
}
"""Hidden layers by depth, and by width."""
SHORT, LONG, N = (4, 8, 12, 16), (4, 16, 64), 10
"""Steps of the recursion: for all paths, for all edges, and for counting paths."""
POINT = 0.3, 0.4


@claim(
    source="notes",
    sentence="The gradient by back-propagation costs a constant times the function, "
    "whatever the depth; the sum over paths is exponential.",
)
def backprop_linear() -> Evidence:
    """Count FLOPs of tanh nets on 500 examples in float32, and products on graphs."""
    checks, prices = [], {}
    for size, nets in NETS.items():
        flops = [_ratio(hidden) for hidden in nets.values()]
        prices[f"FLOPs, by {size}"] = [*nets], flops
        what = f"power of the {size}, value and gradient over value: FLOPs"
        checks.append(_check(what, power([*nets], flops), 0))
    paths = [by_paths(graph(recursion(n), *POINT)).products for n in SHORT]
    edges = [backward(graph(recursion(n), *POINT)).products for n in LONG]
    two = by_paths(graph(example, *POINT)).paths
    many = by_paths(graph(recursion(N), *POINT)).paths
    doublings = power([2.0**n for n in SHORT], paths)
    checks += [
        _check("doublings a step, sum over paths: products", doublings, 1),
        _check("power of the steps, back-propagation: products", power(LONG, edges), 1),
        _check("paths from a to L = sin(a² + b/a)", two, 2),
        _check(f"paths from x_0 to x_n, n = {N}", many, 2 ** (N - 1)),
    ]
    x, y = "hidden layers, or width", "gradient over value"
    walks = {"sum over paths": (SHORT, paths), "back-propagation": (LONG, edges)}
    plot = stacked(
        lines(prices, x, y, x_log=True, y_log=False, dots=True, ylim=(0, 4)),
        lines(walks, "steps n of the recursion", "multiplications", dots=True),
    )
    return Evidence(checks, plot)


def _check(what: str, seen: float, expected: float) -> Check:
    return Check(what, seen, near(expected, abs=0.25))


def _ratio(hidden: list[int]) -> float:
    net = problems.make("mlp", rows=500, hidden=hidden, activation="tanh")
    return bench.call_flops(gradient, net) / bench.call_flops(forward, net)


def example(a: Any, b: Any) -> Any:
    """Return L = sin(a² + b/a)."""
    return jnp.sin(a**2 + b / a)


def recursion(steps: int) -> Callable:
    """Return (x_0, y_0) -> x_n of x ← sin(x + y), y ← cos(x - y)."""

    def result(x: Any, y: Any) -> Any:
        for _ in range(steps):
            x, y = jnp.sin(x + y), jnp.cos(x - y)
        return x

    return result
