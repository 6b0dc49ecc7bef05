"""Scalar expressions as graphs, and derivatives as sums over their paths."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
from jax.extend.core import Literal

Graph = list[list[tuple[int, float]]]
"""Each node's parents, each with ∂node/∂parent; arguments first, result last."""


class Derivative(NamedTuple):
    """∂result/∂argument, multiplications by an edge's derivative, and paths used."""

    value: float
    products: int
    paths: int = 0


def graph(function: Callable, *arguments: float) -> Graph:
    """Trace a function of scalars without branches, with a node for each primitive."""
    traced = jax.make_jaxpr(function)(*arguments).jaxpr
    values: dict[Any, Any] = dict(zip(traced.invars, arguments, strict=True))
    number = {variable: node for node, variable in enumerate(values)}
    edges: Graph = [[] for _ in arguments]
    for equation in traced.eqns:
        of, (result,) = equation.invars, equation.outvars
        given = [v.val if isinstance(v, Literal) else values[v] for v in of]
        primitive = partial(equation.primitive.bind, **equation.params)
        slopes = map(float, jax.grad(primitive, range(len(of)))(*given))
        parents = zip(of, slopes, strict=True)
        edges.append([(number[v], s) for v, s in parents if not isinstance(v, Literal)])
        number[result], values[result] = len(number), primitive(*given)
    return edges[: number[traced.outvars[0]] + 1]


def by_paths(graph: Graph, argument: int = 0) -> Derivative:
    """Sum over all paths the product of the derivatives along each."""

    def below(node: int) -> Derivative:
        value, products, paths = (1.0, 0, 1) if node == argument else (0.0, 0, 0)
        for parent, slope in graph[node]:
            inner = below(parent)
            value += slope * inner.value
            products += 1 + inner.products
            paths += inner.paths
        return Derivative(value, products, paths)

    return below(len(graph) - 1)


def backward(graph: Graph, argument: int = 0) -> Derivative:
    """Go back over each edge once: ∂result/∂node from those of its children."""
    adjoint = [0.0] * (len(graph) - 1) + [1.0]
    for node in reversed(range(len(graph))):
        for parent, slope in graph[node]:
            adjoint[parent] += slope * adjoint[node]
    return Derivative(adjoint[argument], sum(map(len, graph)))
