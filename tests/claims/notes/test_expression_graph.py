"""Graphs of expressions: paths counted by the adjacency, derivatives by hand."""

import jax
import numpy as np
import pytest

from claims.notes import backprop_linear
from claims.notes.expression_graph import backward, by_paths, graph


@pytest.fixture(autouse=True)
def float64():
    with jax.enable_x64(True):
        yield


@pytest.mark.parametrize("steps", [1, 2, 5, 8])
def test_paths_are_powers_of_the_adjacency(steps):
    walked = graph(backprop_linear.recursion(steps), 0.3, 0.4)
    paths = np.linalg.matrix_power(np.ones((2, 2), int), steps)[0, 0]
    assert by_paths(walked).paths == paths == 2 ** (steps - 1)
    assert by_paths(walked).products == 3 * (2**steps - 1)
    assert backward(walked).products == 3 * (2 * steps - 1)


def test_both_walks_give_the_derivative():
    a, b = 1.3, 0.7
    walked = graph(backprop_linear.example, a, b)
    by_a = np.cos(a**2 + b / a) * (2 * a - b / a**2)
    by_b = np.cos(a**2 + b / a) / a
    assert by_paths(walked).paths == 2
    for walk in (by_paths, backward):
        assert walk(walked, 0).value == pytest.approx(by_a, rel=1e-14)
        assert walk(walked, 1).value == pytest.approx(by_b, rel=1e-14)


def test_a_number_used_twice_is_two_paths_and_a_literal_none():
    walked = graph(lambda a: a * a * 3.0, 5.0)
    assert by_paths(walked).paths == 2
    assert by_paths(walked).value == backward(walked).value == 30
