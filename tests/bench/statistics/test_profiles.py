"""Profiles against integrals by quadrature, and a table worked by hand."""

from math import inf, isnan, log, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.statistics import (
    areas,
    areas_without,
    ranks,
    ratios_to_best,
    share_within,
    staircase,
)

# Three solvers on four problems: the last is nobody's, the third's is not for B.
COSTS = np.array([[1, 2, 10], [8, 4, inf], [3, nan, 3], [inf, inf, inf]])
finite = st.floats(1e-9, 1e9)
tables = st.tuples(st.integers(1, 6), st.integers(1, 5)).flatmap(
    lambda shape: arrays(float, shape, elements=finite | st.sampled_from([inf, nan]))
)


def test_ratios_by_hand():
    expected = [[1, 2, 10], [2, 1, inf], [1, nan, 1], [inf, inf, inf]]
    np.testing.assert_array_equal(ratios_to_best(COSTS), expected)


def test_areas_by_hand():
    a = (1 + (1 - log(2) / log(100)) + 1 + 0) / 4
    b = ((1 - log(2) / log(100)) + 1 + 0) / 3  # of the three that it applies to
    np.testing.assert_allclose(areas(COSTS, 100.0), [a, b, (0.5 + 0 + 1 + 0) / 4])


def test_what_costs_nothing_is_the_best_and_infinitely_far_from_what_does_not():
    np.testing.assert_array_equal(
        ratios_to_best(np.array([[0, 0, 1.0]])), [[1, 1, inf]]
    )


@settings(deadline=None, max_examples=60)
@given(tables, st.floats(1.5, 1e6))
def test_an_area_is_the_integral_of_the_profile(costs, cap):
    logs = np.linspace(0, log(cap), 4001)
    middles = (logs[1:] + logs[:-1]) / 2
    profile = share_within(ratios_to_best(costs), np.exp(middles))
    # A step of the profile is off by at most one cell of the grid.
    np.testing.assert_allclose(areas(costs, cap), profile.mean(0), atol=1.01 / 4000)


@settings(deadline=None, max_examples=60)
@given(tables)
def test_a_staircase_is_the_share_within(costs):
    for solver in range(costs.shape[1]):
        at, share = staircase(costs[:, solver])
        np.testing.assert_allclose(share, share_within(costs, at)[:, solver])
        assert (np.diff(share) > 0).all()
        below_first = share_within(costs, at[:1] * (1 - 1e-12))[:, solver]
        np.testing.assert_array_equal(below_first, 0 * at[:1])


@settings(deadline=None, max_examples=40)
@given(tables, st.floats(1e-3, 1e3))
def test_the_unit_of_a_problem_does_not_matter(costs, unit):
    units = unit ** np.arange(len(costs))[:, None]
    np.testing.assert_allclose(areas(costs * units), areas(costs), atol=1e-9)


def test_data_profiles_share_the_budget_and_not_the_best():
    shares = share_within(COSTS, np.array([1, 4, 100.0]))
    expected = [[1 / 4, 0, 0], [2 / 4, 2 / 3, 1 / 4], [3 / 4, 2 / 3, 2 / 4]]
    np.testing.assert_allclose(shares, expected)


def test_a_field_without_one_is_the_field_that_never_had_it():
    costs = np.exp(np.random.default_rng(0).normal(size=(7, 4)))
    without = areas_without(costs, np.array([0, 1, 1, 2]))
    np.testing.assert_array_equal(without[0, 1:], areas(costs[:, 1:]))
    np.testing.assert_array_equal(without[1, [0, 3]], areas(costs[:, [0, 3]]))
    assert np.isnan(without).sum() == 4


def test_leaving_one_out_turns_two_others():
    # Beside C's 1 both A's 100 and B's 10 are far off; alone A is 10 times B.
    costs, cap = np.array([[1, 3, inf], [100, 10, 1.0]]), 20.0
    three, ten = (1 - log(ratio) / log(cap) for ratio in (3, 10))
    a, b, _ = areas(costs, cap)
    assert (a, b) == pytest.approx(((1 + 0) / 2, (three + ten) / 2))
    assert a > b
    a, b, _ = areas_without(costs, np.arange(3), cap)[2]
    assert (a, b) == pytest.approx(((1 + ten) / 2, (three + 1) / 2))
    assert a < b


def test_dropping_a_solver_turns_the_first_two_of_a_quarter_of_random_tables():
    draw = np.random.default_rng(0)
    never = draw.random((300, 10, 6)) < 0.2
    drawn = np.where(never, np.inf, np.exp(3 * draw.normal(size=never.shape)))
    assert 0.2 < np.mean([_turns(costs) for costs in drawn]) < 0.35


def test_where_all_arrive_within_the_cap_dropping_one_turns_nobody():
    # Then the order is that of the geometric means, and the best divides out.
    for costs in np.exp(np.random.default_rng(0).normal(size=(100, 10, 6))):
        assert not _turns(costs, cap=1e9)
        order = np.log(costs).mean(0).argsort()
        np.testing.assert_array_equal((-areas(costs, 1e9)).argsort(), order)


def _turns(costs, cap=100.0):
    first, second = np.argsort(-areas(costs, cap))[:2]
    without = areas_without(costs, np.arange(costs.shape[1]), cap)
    rest = np.delete(without, [first, second], axis=0)
    return (rest[:, first] < rest[:, second]).any()


def test_who_applies_to_nothing_has_no_area_and_the_last_rank():
    each = areas(np.array([[1, nan, 2.0]]))
    assert isnan(each[1])
    assert ranks(each)[0].tolist() == [1, 3, 2]


@pytest.mark.parametrize("cap", [2.0, 100.0])
def test_a_field_of_one_is_the_best_of_itself(cap):
    assert areas(np.array([[5.0], [inf]]), cap) == pytest.approx([0.5])
