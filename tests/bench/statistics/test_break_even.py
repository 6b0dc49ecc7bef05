"""Break-even prices against closed forms, order statistics, and plain counting."""

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.statistics import break_evens, wins
from bench.statistics.intervals import interval


def test_the_example_by_hand():
    # 100 gradients, or 20 and 240 forward passes: equal where 100 p = 20 p + 240.
    calls = np.array([[100.0], [20]]), np.array([[0.0], [240]])
    (price,) = break_evens(*calls)
    assert price == (0, 1, 3.0, 3.0, 3.0)
    assert wins(*calls, 2.9).tolist() == [1, 0]
    assert wins(*calls, 3.1).tolist() == [0, 1]
    assert wins(*calls, 3.0).tolist() == [0, 0]


@pytest.mark.parametrize("seeds", [6, 7, 10, 21])
def test_where_seeds_agree_on_who_asks_for_fewer_it_is_their_median(seeds):
    draw = np.random.default_rng(seeds)
    few, more = draw.uniform(10, 20, seeds), draw.uniform(30, 60, seeds)
    looks = draw.uniform(50, 500, seeds)
    (price,) = break_evens(np.array([few, more]), np.array([looks, 0 * looks]))
    expected = interval(looks / (more - few))
    assert (price.below, price.above) == (1, 0)
    assert (price.price, price.low, price.high) == pytest.approx(expected[:3])


def test_who_asks_for_less_of_everything_wins_at_any_price():
    calls = np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 0], [6, 7]])
    assert break_evens(*calls) == []


def test_who_never_arrives_loses_at_any_price_and_both_tie():
    calls = (
        np.array([[inf, inf, 9], [3, inf, 4]]),
        np.array([[inf, inf, 0], [6, inf, 7]]),
    )
    assert wins(*calls, 1.0).tolist() == [1, 1]
    # Seed 2 alone is decided by the price: 9 p = 4 p + 7; seed 0 is the second's.
    assert [c[:3] for c in break_evens(*calls)] == []
    assert wins(*calls, 1.5).tolist() == [0, 2]


counts = st.integers(0, 30).map(float)
tables = arrays(float, (2, 7), elements=counts)


def winner_at(prices, price, first):
    """Return the winner at a price, where that is not one of the prices."""
    return [first, *(p.above for p in prices if p.price < price)][-1]


@settings(deadline=None, max_examples=60)
@given(tables, tables, arrays(bool, (2, 7)))
def test_between_prices_the_winner_is_the_one_that_counting_finds(g, o, never):
    gradients, others = np.where(never, inf, g), np.where(never, inf, o)
    prices = break_evens(gradients, others)
    assert all(one.below != one.above for one in prices)
    assert all(one.low <= one.price <= one.high for one in prices)
    at = {one.price for one in prices}
    won = {p: wins(gradients, others, p) for p in np.geomspace(0.02, 50, 25)}
    counted = {
        p: int(n[1] > n[0]) for p, n in won.items() if n[0] != n[1] and p not in at
    }
    first = prices[0].below if prices else next(iter(counted.values()), 0)
    assert counted == {p: winner_at(prices, p, first) for p in counted}


@settings(deadline=None, max_examples=50)
@given(tables, tables)
def test_beyond_its_interval_all_but_the_seeds_left_out_agree(g, o):
    """Of seven seeds none is left out: each agrees beyond the interval."""
    prices = break_evens(g, o)
    below = [wins(g, o, p.low * (1 - 1e-6))[p.below] for p in prices if p.low > 0]
    above = [wins(g, o, p.high * (1 + 1e-6))[p.above] for p in prices if p.high < inf]
    assert [*below, *above] == [7] * (len(below) + len(above))


@settings(deadline=None, max_examples=50)
@given(tables, tables)
def test_the_order_of_the_two_does_not_matter(g, o):
    turned = [(1 - c.below, 1 - c.above, *c[2:]) for c in break_evens(g[::-1], o[::-1])]
    assert turned == [tuple(c) for c in break_evens(g, o)]
