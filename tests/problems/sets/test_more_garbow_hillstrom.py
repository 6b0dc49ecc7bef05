"""The functions of More, Garbow and Hillstrom against published numbers."""

from typing import get_args

import jax
import numpy as np
import pytest

import factories
import problems
from problems.sets import SETS
from problems.sets.more_garbow_hillstrom import FUNCTIONS, members

from .in_numpy import MGH, of_mgh, reaches, solving_moves
from .in_numpy import numpy_formulas as numpy_formulas

SET = SETS["more_garbow_hillstrom"]
pytestmark = pytest.mark.usefixtures("numpy_formulas")

# Of sif2jax 0.0.8 at its start; (1) by hand from the formula; (2) of BenDFO's dfovec.
AT_THE_START = {
    "rosenbrock": 24.2,
    "freudenstein_roth": 400.5,  # (2)
    "powell_badly_scaled": 1 + (np.exp(-1) - 1e-4) ** 2,  # (1)
    "brown_badly_scaled": 999998000003.0,
    "beale": 14.203125,
    "jennrich_sampson": 4171.306161960493,
    "helical_valley": 2500.0,
    "bard": 41.68169586167801,
    "gaussian": 3.888106991166884e-06,
    "meyer": 1693607809.0,  # (2)
    "box_three_dimensional": 1031.153811,  # (2)
    "powell_singular": 215.0,  # (2)
    "wood": 19192.0,  # (1)
    "kowalik_osborne": 0.005313172272,  # (2)
    "brown_dennis": 7926693.336997432,
    "osborne_1": 0.8790262935446402,
    "biggs_exp6": 0.7790700756559701,
    "osborne_2": 2.093419514,  # (2)
    "watson": 30.0,  # (1)
    "extended_rosenbrock": 5 * 24.2,
    "extended_powell_singular": 3 * 215.0,
    # 10⁻⁵ Σ (i - 1)² + (Σ i² - 1/4)²
    "penalty_1": 285e-5 + 384.75**2,  # (1)
    # Σ (i/n)² + s² + s⁴, s = Σ i²/n
    "variably_dimensioned": 3.85 + 38.5**2 + 38.5**4,  # (1)
    "brown_almost_linear": 273.2480478,  # (2)
    "broyden_tridiagonal": 21.0,  # (1)
    # -7 + 1 at x = -1, where x (1 + x) = 0
    "broyden_banded": 360.0,  # (1)
    # 10 times 0 + 10 times 2 of m = 20
    "linear_full_rank": 10 * 1.0**2 + 10 * 2.0**2,  # (1)
    "linear_rank_1": sum((55 * i - 1) ** 2 for i in range(1, 21)),  # (1)
    "linear_rank_1_zero": 2 + sum((44 * i - 1) ** 2 for i in range(1, 19)),  # (1)
    "chebyquad": 0.03861769829,  # (2)
}
OF_5000 = {"extended_rosenbrock": 2500 * 24.2, "broyden_tridiagonal": 5011.0}
OF_200 = {
    "variably_dimensioned": 3.2565422800090532e16,
    "linear_full_rank": 1000.0,
    "linear_rank_1": 8651224509960400.0,
    "linear_rank_1_zero": 8352671057963401.0,
}

# The least values as the paper prints them, cut off and not rounded: value, last digit.
PUBLISHED = {
    ("jennrich_sampson", 2): (124.362, 1e-3),
    ("bard", 3): (8.21487e-3, 1e-8),
    ("gaussian", 3): (1.12793e-8, 1e-13),
    ("meyer", 3): (87.9458, 1e-4),
    ("kowalik_osborne", 4): (3.07505e-4, 1e-9),
    ("brown_dennis", 4): (85822.2, 1e-1),
    ("osborne_1", 5): (5.46489e-5, 1e-10),
    ("osborne_2", 11): (4.01377e-2, 1e-7),
    ("watson", 6): (2.28767e-3, 1e-8),
    ("watson", 9): (1.39976e-6, 1e-11),
    ("watson", 12): (4.72238e-10, 1e-15),
    ("penalty_1", 4): (2.24997e-5, 1e-10),
    ("penalty_1", 10): (7.08765e-5, 1e-10),
    ("penalty_2", 4): (9.37629e-6, 1e-11),
    ("penalty_2", 10): (2.93660e-4, 1e-9),
    ("linear_full_rank", 10): (10.0, 1e-9),
    ("linear_rank_1", 10): (20 * 19 / 82, 1e-9),
    ("linear_rank_1_zero", 10): (454 / 74, 1e-9),
    ("chebyquad", 8): (3.51687e-3, 1e-8),
}
# Where the method ends instead, in the paper: 1 for brown_almost_linear.
LOCAL = {
    "freudenstein_roth": (48.9842, 1e-4),
    "trigonometric": (2.79506e-5, 1e-10),
    "brown_almost_linear": (1.0, 1e-6),
}
# Zeros that the R package funconstrain states to about eight digits.
ZEROS = {
    "discrete_boundary_value": (
        (-0.07502213, -0.1319762, -0.1648488, -0.1646647, -0.1174177)
    ),
    "discrete_integral_equation": (
        (-0.07502213, -0.1319762, -0.1648488, -0.1646647, -0.1174177)
    ),
    "broyden_tridiagonal": (-0.5648284, -0.6662737, -0.660917, -0.59505, -0.4162011),
    "broyden_banded": (-0.4283029, -0.4765965, -0.5196377, -0.558862, -0.558862),
}
SOLVED = {
    "helical_valley": {"random looks"},
    "bard": {"random walk"},
    "gaussian": {"random looks"},
    "meyer": {"constant", "one random direction", "random looks", "random walk"},
    "box_three_dimensional": {"shrinking"},
    "powell_singular": {"shrinking"},
    "wood": {"constant", "shrinking"},
    "extended_powell_singular": {"shrinking"},
    "penalty_1": {"shrinking"},
    "penalty_2": {"constant", "shrinking"},
    "variably_dimensioned": {"constant", "random looks", "random walk"},
    "trigonometric": {"constant", "shrinking"},
    "brown_almost_linear": {"constant"},
    "broyden_banded": {"constant", "shrinking"},
    "linear_full_rank": {"constant"},
    "linear_rank_1": {"constant", "random walk", "shrinking"},
    "linear_rank_1_zero": {
        *("constant", "one random direction", "random walk", "shrinking"),
    },
}


def test_values_at_the_start_are_those_of_others():
    for name, value in AT_THE_START.items():
        one = of_mgh(name)
        assert one.value(one.start) == pytest.approx(value, rel=2e-9), name


@pytest.mark.parametrize(("n", "values"), [(5000, OF_5000), (200, OF_200)])
def test_values_of_many_parameters_are_those_of_others(n, values):
    for name, value in values.items():
        one = of_mgh(name, n)
        assert one.value(one.start) == pytest.approx(value, rel=1e-12), name


def test_least_values_are_the_published_ones():
    for (name, n), (value, digit) in PUBLISHED.items():
        least = of_mgh(name, n).known.least
        assert value - 1e-3 * digit <= least <= value + digit, (name, n)


@pytest.mark.parametrize("n", [None, 4, 6, 9, 12])
def test_the_value_at_a_minimiser_is_the_least_one(n):
    for member in SET.members(n):
        one = of_mgh(member.name, member.parameters)
        first = one.value(one.start)
        for x in one.known.minima:
            assert one.known.least == member.least
            least = pytest.approx(member.least, rel=1e-9, abs=1e-19 * first)
            assert one.value(x) == least, member.name


def test_all_members_but_those_of_a_whole_valley_of_minima_state_one():
    without = [m.name for m in SET.members(None) if not of_mgh(m.name).known.minima]
    assert without == ["linear_rank_1", "linear_rank_1_zero"]


def test_other_zeros_are_zeros_here():
    for name, x in ZEROS.items():
        one = of_mgh(name, 5)
        assert one.value(x) < 1e-11 * one.value(one.start), name


def test_a_better_minimum_of_chebyquad_than_the_published_one():
    # 6.50395...e-3 in the paper; 4.77271369637536e-3 in optimagic's benchmark set.
    one = of_mgh("chebyquad", 10)
    assert one.known.least == pytest.approx(4.77271369637536e-3, rel=1e-12)


def test_a_least_squares_method_reaches_the_least_value_of_all_but_three():
    assert {name for name in MGH if not reaches(of_mgh(name))} == set(LOCAL)


def test_local_minima_are_the_published_ones():
    from scipy.optimize import least_squares

    for name, (value, digit) in LOCAL.items():
        one = of_mgh(name)
        found = least_squares(one.residuals, one.start, method="lm", x_scale="jac")
        assert value - digit <= 2 * found.cost <= value + digit, name


def test_moves_without_gradients_solve_the_named_members_only():
    found = {name: solving_moves(of_mgh(name)) for name in MGH}
    assert {name: kinds for name, kinds in found.items() if kinds} == SOLVED


def test_the_setting_takes_the_names_of_the_functions():
    assert get_args(members.Name) == tuple(FUNCTIONS)
    assert len(FUNCTIONS) == 35


def test_members_of_a_dimension_have_it():
    for n in (2, 4, 10, 12, 31, 32):
        members_of_n = SET.members(n)
        assert {m.parameters for m in members_of_n} == {n}
        assert ("watson" in {m.name for m in members_of_n}) == (n <= 31)
    names = {m.name for m in SET.members(6)}
    assert "biggs_exp6" in names
    assert "extended_powell_singular" not in names


@pytest.mark.parametrize(
    ("name", "dimension", "words"),
    [
        ("rosenbrock", 3, "the number of parameters of rosenbrock is 2"),
        ("watson", 32, "from 2 to 31"),
        ("extended_powell_singular", 6, "a multiple of 4"),
        ("linear_rank_1_zero", 2, "3 or more"),
    ],
)
def test_a_dimension_that_a_function_cannot_have_is_an_error(name, dimension, words):
    with pytest.raises(factories.FactoryError, match=words):
        problems.check(
            "more_garbow_hillstrom", {"problem": name, "dimension": dimension}
        )


def test_an_unknown_least_value_is_known_to_be_unknown():
    known = {"problem": "chebyquad", "dimension": 9}
    assert not problems.without_optimum("more_garbow_hillstrom", known)
    assert problems.without_optimum("more_garbow_hillstrom", known | {"dimension": 12})


def test_a_start_factor_multiplies_the_start():
    problem = problems.make("more_garbow_hillstrom", problem="wood", start_factor=10.0)
    assert problem.usual.tolist() == [-30.0, -10.0, -30.0, -10.0]


def test_no_formula_overflows_in_float32():
    for name, function in FUNCTIONS.items():
        n = function.dimensions.usual
        data = function.data(n, function.terms(n))
        arrays = [np.asarray(a, np.float32) for a in jax.tree.leaves(data)]
        own = tuple(arrays) if isinstance(data, tuple) else arrays[0]
        start = function.start(n).astype(np.float32)
        value = np.sum(np.square(function.residuals(start, own)))
        assert np.isfinite(value), name
