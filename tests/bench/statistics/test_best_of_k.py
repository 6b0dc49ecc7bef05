"""Best of k against every subset of the settings, and the winner's curse."""

from itertools import combinations
from math import comb, inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.statistics import best_of, chances

outcomes = st.integers(1, 5).map(float) | st.just(inf)
choices = st.integers(1, 6).flatmap(
    lambda n: st.tuples(arrays(float, n, elements=outcomes), st.integers(1, n))
)


def every_draw(choose, tried):
    """How often each setting wins over all subsets; ties are shared."""
    won = np.zeros(len(choose))
    for drawn in map(list, combinations(range(len(choose)), tried)):
        least = [i for i in drawn if choose[i] == choose[drawn].min()]
        won[least] += 1 / len(least)
    return won / comb(len(choose), tried)


@settings(deadline=None, max_examples=50)
@given(choices)
def test_chances_are_those_of_every_draw(given):
    choose, tried = given
    np.testing.assert_allclose(chances(choose, tried), every_draw(choose, tried))


@settings(deadline=None, max_examples=40)
@given(choices, st.integers(0, 99))
def test_a_seeds_outcome_is_the_median_over_every_draw(given, seed):
    choose, tried = given
    score = np.random.default_rng(seed).integers(0, 9, (len(choose), 1)).astype(float)
    order = score[:, 0].argsort(kind="stable")
    up_to = every_draw(choose, tried)[order].cumsum()
    middle = order[np.flatnonzero(up_to >= 0.5 - 1e-9)[0]]
    assert best_of(choose, score, tried).median == score[middle, 0]


def test_one_try_is_the_median_setting_and_all_tries_the_chosen_one():
    choose = np.array([3.0, 1.0, inf, 2.0, 9.0])
    score = np.stack([choose, 10 * choose], axis=1)
    assert best_of(choose, score, 1) == (3.0, 3.0, 30.0, 0.5)
    assert best_of(choose, score, 5) == (1.0, 1.0, 10.0, 0.5)


def test_what_mostly_diverges_is_never_out_of_the_box():
    choose = np.array([inf, inf, inf, 1.0, 2.0])
    curve = [best_of(choose, choose[:, None], tried).median for tried in range(1, 6)]
    assert curve == [inf, 2.0, 1.0, 1.0, 1.0]


def test_the_median_does_not_rise_with_more_tries_on_the_same_numbers():
    draw = np.random.default_rng(0).normal(size=30)
    curve = [best_of(draw, draw[:, None], tried).median for tried in range(1, 31)]
    assert (np.diff(curve) <= 0).all()


def test_the_seeds_that_choose_flatter_the_winner():
    draw = np.random.default_rng(0)
    settings = np.exp(0.1 * draw.normal(size=(400, 20, 1)))
    same, other = np.exp(0.15 * draw.normal(size=(2, 400, 20, 1))) * settings
    flattered = [best_of(t[:, 0], t, 20).median for t in same]
    honest = [best_of(t[:, 0], u, 20).median for t, u in zip(same, other, strict=True)]
    curse = np.mean(np.log(flattered)) - np.mean(np.log(honest))
    # E max of 20 normals is 1.867; the noise is 0.15² / (0.1² + 0.15²) of the spread.
    assert curse == pytest.approx(
        -1.867 * 0.15**2 / (0.1**2 + 0.15**2) ** 0.5, abs=0.02
    )


@pytest.mark.parametrize("tried", [0, 4])
def test_a_number_of_tries_out_of_range(tried):
    with pytest.raises(ValueError, match="from 1 to 3"):
        chances(np.ones(3), tried)


def test_what_is_not_known_cannot_choose():
    with pytest.raises(ValueError, match="nan"):
        chances(np.array([1, nan]), 1)
