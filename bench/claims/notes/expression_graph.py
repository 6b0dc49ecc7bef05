"""Scalar expressions as graphs, and derivatives as sums over their paths."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.extend.core import Literal


class Graph(NamedTuple):
    """An expression at a point; nodes are numbered as evaluated, arguments first.

    Attributes:
        edges: Of each node, its parents, each with ∂node/∂parent.
        result: The node that the function returns.
    """

    edges: list[list[tuple[int, float]]]
    result: int


class Derivative(NamedTuple):
    """Of a graph's result by one argument, and what it took.

    Attributes:
        value: ∂result/∂argument.
        products: Multiplications by an edge's derivative.
        paths: Walked from the result to the argument.
    """

    value: float
    products: int
    paths: int = 0


def graph(function: Callable, *arguments: float) -> Graph:
    """Trace a function of scalars that does not branch, a node a primitive."""
    traced = jax.make_jaxpr(function)(*arguments).jaxpr
    values: dict[Any, Any] = dict(
        zip(traced.invars, map(jnp.asarray, arguments), strict=True)
    )
    number = {variable: node for node, variable in enumerate(values)}
    edges: list[list[tuple[int, float]]] = [[] for _ in arguments]
    for equation in traced.eqns:
        of, (result,) = equation.invars, equation.outvars
        given = [v.val if isinstance(v, Literal) else values[v] for v in of]
        primitive = partial(equation.primitive.bind, **equation.params)
        slopes = jax.grad(primitive, range(len(of)))(*given)
        edges.append(
            [
                (number[v], float(slope))
                for v, slope in zip(of, slopes, strict=True)
                if not isinstance(v, Literal)
            ]
        )
        number[result], values[result] = len(number), primitive(*given)
    return Graph(edges, number[traced.outvars[0]])


def by_paths(graph: Graph, argument: int = 0) -> Derivative:
    """Sum over all paths the product of the derivatives along each."""

    def below(node: int) -> tuple[float, int, int]:
        value, products, paths = (1.0, 0, 1) if node == argument else (0.0, 0, 0)
        for parent, slope in graph.edges[node]:
            inner, inner_products, inner_paths = below(parent)
            value += slope * inner
            products += 1 + inner_products
            paths += inner_paths
        return value, products, paths

    return Derivative(*below(graph.result))


def backward(graph: Graph, argument: int = 0) -> Derivative:
    """Go back over each edge once: ∂result/∂node from those of its children."""
    adjoint, products = [0.0] * len(graph.edges), 0
    adjoint[graph.result] = 1.0
    for node in range(graph.result, -1, -1):
        for parent, slope in graph.edges[node]:
            adjoint[parent] += slope * adjoint[node]
            products += 1
    return Derivative(adjoint[argument], products)
