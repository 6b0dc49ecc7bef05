"""The sums of squares of MINPACK-2 are least where its benchmarks say."""

import jax
import pytest

import optimizers
import problems
from bench import measure

from . import minpack_2 as known

OWN = {
    "alpha_pinene": (
        known.alpha_pinene,
        known.PINENE_RATES,
        (known.PINENE_TIMES, known.PINENE_SHARES),
    ),
    "coating_thickness": (
        known.coating_thickness,
        known.COATING_START,
        (known.COATING_READINGS, known.COATING_MEASURED),
    ),
}
SIZES = {"chebyquad": {"dimension": 11}}


def problem(name):
    if name in OWN:
        formula, start, data = OWN[name]
        return problems.analytic(
            formula, start, data=data, squares=True, dtype="float64"
        )
    return problems.make(name, **SIZES.get(name, {}))


@pytest.mark.parametrize("name", known.LEAST)
def test_the_least_sum_of_squares_is_that_of_the_collection(name):
    with jax.enable_x64(True):
        method = optimizers.make("levenberg_marquardt")
        trace = measure(problem(name), method, steps=400)
    assert trace["loss"].min() == pytest.approx(known.LEAST[name], rel=2e-7)
