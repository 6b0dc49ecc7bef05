"""Crossing prices against closed forms, order statistics, and plain counting."""

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.statistics import crossings, wins
from bench.statistics.intervals import interval


def test_the_example_by_hand():
    # 100 gradients, or 20 and 240 forward passes: equal where 100 p = 20 p + 240.
    calls = np.array([[100.0], [20]]), np.array([[0.0], [240]])
    (found,) = crossings(*calls)
    assert found == (0, 1, 3.0, 3.0, 3.0)
    assert wins(*calls, 2.9).tolist() == [1, 0]
    assert wins(*calls, 3.1).tolist() == [0, 1]
    assert wins(*calls, 3.0).tolist() == [0, 0]


@pytest.mark.parametrize("seeds", [6, 7, 10, 21])
def test_where_seeds_agree_on_who_asks_for_fewer_it_is_their_median(seeds):
    draw = np.random.default_rng(seeds)
    few, more = draw.uniform(10, 20, seeds), draw.uniform(30, 60, seeds)
    looks = draw.uniform(50, 500, seeds)
    (found,) = crossings(np.array([few, more]), np.array([looks, 0 * looks]))
    expected = interval(looks / (more - few))
    assert (found.below, found.above) == (1, 0)
    assert (found.price, found.low, found.high) == pytest.approx(expected[:3])


def test_who_asks_for_less_of_everything_wins_at_any_price():
    calls = np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 0], [6, 7]])
    assert crossings(*calls) == []


def test_who_never_arrives_loses_at_any_price_and_both_tie():
    calls = (
        np.array([[inf, inf, 9], [3, inf, 4]]),
        np.array([[inf, inf, 0], [6, inf, 7]]),
    )
    assert wins(*calls, 1.0).tolist() == [1, 1]
    # Seed 2 alone is decided by the price: 9 p = 4 p + 7; seed 0 is the second's.
    assert [c[:3] for c in crossings(*calls)] == []
    assert wins(*calls, 1.5).tolist() == [0, 2]


counts = st.integers(0, 30).map(float)
tables = arrays(float, (2, 7), elements=counts)


@settings(deadline=None, max_examples=60)
@given(tables, tables, arrays(bool, (2, 7)))
def test_between_crossings_the_winner_is_the_one_that_counting_finds(g, o, never):
    gradients, others = np.where(never, inf, g), np.where(never, inf, o)
    found = crossings(gradients, others)
    for crossing in found:
        assert crossing.below != crossing.above
        assert crossing.low <= crossing.price <= crossing.high
    for price in np.geomspace(0.02, 50, 25):
        won = wins(gradients, others, price)
        sides = [c.below for c in found if price < c.price]
        sides += [c.above for c in reversed(found) if price > c.price]
        if sides and won[0] != won[1]:
            before = [c for c in found if c.price < price]
            winner = before[-1].above if before else found[0].below
            assert winner == int(won[1] > won[0])


@settings(deadline=None, max_examples=50)
@given(tables, tables)
def test_beyond_its_interval_all_but_the_seeds_left_out_agree(g, o):
    for crossing in crossings(g, o):
        just_below, just_above = crossing.low * (1 - 1e-6), crossing.high * (1 + 1e-6)
        if crossing.low > 0:
            assert wins(g, o, just_below)[crossing.below] == 7  # of 7 seeds none is out
        if crossing.high < inf:
            assert wins(g, o, just_above)[crossing.above] == 7


@settings(deadline=None, max_examples=50)
@given(tables, tables)
def test_the_order_of_the_two_does_not_matter(g, o):
    turned = [(1 - c.below, 1 - c.above, *c[2:]) for c in crossings(g[::-1], o[::-1])]
    assert turned == [tuple(c) for c in crossings(g, o)]
