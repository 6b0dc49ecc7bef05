"""Angles along gradient descent, and what is seen in two halves of the way."""

from itertools import pairwise

import jax
import numpy as np

import problems
from claims.blog.direction_persists import degrees, halves, walk


def test_cosines_and_what_is_left_are_a_quadratics():
    spectrum, rate = np.array([0.5, 1.0, 3.0]), 0.4
    problem = problems.make(
        "quadratic", spectrum=spectrum.tolist(), constant=2.0, distance=0.0
    )
    left, cosine = walk(problem, rate, steps=4, seeds=2)
    for seed in range(2):
        x = np.asarray(problem.init(jax.random.key(seed)), float)
        path = [x * (1 - rate * spectrum) ** k for k in range(5)]
        losses = np.array([spectrum @ x**2 for x in path[:4]])
        g = [spectrum * x / np.linalg.norm(spectrum * x) for x in path]
        cosines = [a @ b for a, b in pairwise(g)]
        np.testing.assert_allclose(cosine[seed], cosines, rtol=1e-4)
        np.testing.assert_allclose(left[seed], losses / losses[0], rtol=1e-4)


def test_the_second_half_ends_at_one_percent():
    left = [np.array([1.0, 0.6, 0.4, 0.02, 0.001])] * 6
    seen = [np.array([5.0, 7.0, 1.0, 3.0, 99.0])] * 6
    assert halves(left, seen) == [[6.0] * 6, [2.0] * 6]


def test_angles_are_in_degrees_also_of_a_rounded_cosine():
    np.testing.assert_allclose(degrees([1 + 1e-7, 0.5, 0, -1]), [0, 60, 90, 180])
