"""Curves of seeds on one grid: quantiles of staircases, as counting gives them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.report.plots.scene import (
    Band,
    Curve,
    at,
    band,
    half_ended,
    reduced,
    thinned,
    until,
)


def staircase(curve, cost):
    """What had been reached for `cost`, the plain way."""
    if curve.left and cost > curve.cost[-1]:
        return np.inf
    reached = [v for c, v in zip(curve.cost, curve.value, strict=True) if c <= cost]
    return reached[-1] if np.isfinite(reached[-1]) else np.inf


@st.composite
def curves(draw):
    count = draw(st.integers(1, 20))
    steps = draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    values = draw(st.lists(st.floats(-1e9, 1e9), min_size=count, max_size=count))
    cost = np.concatenate([[0.0], np.cumsum(steps)]).astype(float)
    return Curve(cost, np.array([1.0, *values]), draw(st.booleans()))


@settings(deadline=None, max_examples=50)
@given(st.lists(curves(), min_size=1, max_size=8))
def test_a_band_holds_quantiles_of_staircases(drawn):
    quantiles = band(drawn)
    seen = np.array([[staircase(c, cost) for cost in quantiles.cost] for c in drawn])
    for q, row in (
        (0.25, quantiles.low),
        (0.5, quantiles.median),
        (0.75, quantiles.high),
    ):
        expected = np.quantile(seen, q, axis=0, method="inverted_cdf")
        np.testing.assert_array_equal(row, expected)


@settings(deadline=None, max_examples=50)
@given(st.lists(curves(), min_size=1, max_size=8))
def test_a_band_ends_at_the_first_cost_where_half_have_ended(drawn):
    def ended(cost):
        return sum(not c.left and c.cost[-1] <= cost for c in drawn)

    *before, last = band(drawn).cost
    whole = np.unique(np.concatenate([c.cost for c in drawn]))
    assert all(2 * ended(cost) < len(drawn) for cost in before)
    assert 2 * ended(last) >= len(drawn) or last == whole[-1]


def test_one_slow_seed_of_six_does_not_prolong_the_median():
    cost = np.arange(11.0)
    quick = [Curve(cost, 2.0**-cost, False)] * 5
    slow = Curve(13 * cost, 1.1**-cost, False)
    assert band([*quick, slow]).cost[-1] == 10
    gone = Curve(np.arange(3.0), np.array([1.0, 2.0, np.inf]), True)
    assert half_ended([gone, gone, slow]) == np.inf


@settings(deadline=None, max_examples=50)
@given(curves())
def test_a_reduced_curve_is_the_same_staircase(curve):
    costs = np.linspace(0, curve.cost[-1] + 1, 37)
    np.testing.assert_array_equal(at(reduced(curve), costs), at(curve, costs))


def test_thinned_costs_keep_their_ends_and_are_even_in_the_logarithm():
    cost = np.arange(100_001.0)
    kept = thinned(cost, 200)
    assert (kept[0], kept[1], kept[-1]) == (0, 1, 100_000)
    assert len(kept) <= 201
    assert set(kept) <= set(cost)
    ratios = kept[100:][1:] / kept[100:][:-1]
    assert ratios.max() == pytest.approx(100_000 ** (1 / 199), rel=0.02)


def test_a_band_ends_where_its_median_arrives():
    rows = np.arange(5.0)
    quantiles = Band(rows, rows, np.array([9.0, 3.0, 2.0, 1.0, 0.5]), rows)
    assert until(quantiles, 2.0).median.tolist() == [9, 3, 2]
    assert len(until(quantiles, 0.1).cost) == len(until(quantiles, np.nan).cost) == 5
