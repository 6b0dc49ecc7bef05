"""The sums of squares of MINPACK-2 are least where its benchmarks say."""

import jax
import pytest

import optimizers
import problems
from bench import measure
from problems.analytic import analytic

from . import minpack_2 as known

OWN = {
    "coating_thickness": (
        known.coating_thickness,
        known.COATING_START,
        (known.COATING_READINGS, known.COATING_MEASURED),
    ),
}
ROUNDED = 5e-7
"""Relative; the values have seven digits, some of them cut off."""
SIZES = {"chebyquad": {"dimension": 11}}


def problem(name):
    if name in OWN:
        formula, start, data = OWN[name]
        return analytic(formula, start, data=data, squares=True, dtype="float64")
    known_as = {"problem": name, "dtype": "float64", **SIZES.get(name, {})}
    return problems.make("more_garbow_hillstrom", **known_as)


@pytest.mark.parametrize("name", known.LEAST)
def test_the_least_sum_of_squares_is_that_of_the_collection(name):
    with jax.enable_x64(True):
        method = optimizers.make("levenberg_marquardt")
        trace = measure(problem(name), method, steps=400)
    assert trace["loss"].min() == pytest.approx(known.LEAST[name], rel=ROUNDED)
