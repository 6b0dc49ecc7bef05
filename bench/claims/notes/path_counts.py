"""How many paths the notes' expressions have, and what it costs to walk them."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from ...measuring.clock import timed
from ..call_prices import power
from ..claim import Number
from .expression_graph import Derivative, Graph, backward, by_paths, graph

PATHS, EDGES = "sum over paths", "back-propagation"
STEPS = {PATHS: (4, 8, 12, 16), EDGES: (4, 16, 64)}
ROUNDS = 5
N = 10
POINT = (0.3, 0.4)
EXAMPLE = "L = sin(a² + b/a)"


class Walk(NamedTuple):
    """The derivative of the recursion by x_0, at each of some steps."""

    products: list[int]
    seconds: list[float]


def example(a: Any, b: Any) -> Any:
    """Return L = sin(a² + b/a)."""
    return jnp.sin(a**2 + b / a)


def recursion(steps: int, last: Callable = lambda x, y: x) -> Callable:
    """Return (x_0, y_0) -> last(x_n, y_n) of x ← sin(x + y), y ← cos(x - y)."""

    def result(x: Any, y: Any) -> Any:
        for _ in range(steps):
            x, y = jnp.sin(x + y), jnp.cos(x - y)
        return last(x, y)

    return result


def walks() -> dict[str, Walk]:
    """Walk the recursion both ways."""
    return {PATHS: _walk(by_paths, STEPS[PATHS]), EDGES: _walk(backward, STEPS[EDGES])}


def _walk(derivative: Callable[[Graph], Derivative], steps: Sequence[int]) -> Walk:
    graphs = [graph(recursion(n), *POINT) for n in steps]
    rounds = [[timed(derivative, each)[0] for each in graphs] for _ in range(ROUNDS)]
    seconds = np.median(rounds, axis=0)
    return Walk([derivative(each).products for each in graphs], list(seconds))


def growth(walks: dict[str, Walk]) -> list[Number]:
    """Paths double with every step; edges are as many as steps."""
    doubles = [np.polyfit(STEPS[PATHS], np.log2(cost), 1)[0] for cost in walks[PATHS]]
    powers = [power(STEPS[EDGES], cost) for cost in walks[EDGES]]
    by_step, in_steps = f"doublings a step, {PATHS}", f"power of the steps, {EDGES}"
    return [
        Number("as it stands", f"{by_step}: products", 1, doubles[0]),
        Number("beside", f"{by_step}: seconds", 1, doubles[1]),
        Number("as it stands", f"{in_steps}: products", 1, powers[0]),
        Number("beside", f"{in_steps}: seconds", 1, powers[1]),
    ]


def counts() -> list[Number]:
    """Count paths; 2^(n - 1) is of n steps, or of n pairs below a loss."""
    under = partial(recursion, last=lambda x, y: x + y)
    last = "paths from x_1 to L(x, y) of the last of"
    said, steps = 2 ** (N - 1), recursion(N)
    apart = "|sum over paths - autodiff|"
    return [
        Number("as it stands", f"paths from a to {EXAMPLE}", 2, _paths(example)),
        Number("as it stands", f"paths from x_0 to x_n, n = {N}", said, _paths(steps)),
        Number("beside", f"{last} n pairs, n = {N}", said, _paths(under(N - 1))),
        Number("beside", f"{last} n/2 pairs, n = {N}", said, _paths(under(N // 2 - 1))),
        Number("beside", f"{apart}, {EXAMPLE}", 0, _error(example)),
        Number("beside", f"{apart}, x_{N}", 0, _error(steps)),
    ]


def _paths(function: Callable) -> int:
    return by_paths(graph(function, *POINT)).paths


def _error(function: Callable) -> float:
    derivative = float(jax.grad(function)(*POINT))
    return abs(by_paths(graph(function, *POINT)).value - derivative)
