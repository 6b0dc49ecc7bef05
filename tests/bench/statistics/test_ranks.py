"""Rank chances against every resample there is, and what ranks must obey."""

from itertools import product
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bench.statistics import areas, likely_ranks, rank_chances, ranks
from bench.statistics.intervals import medians

TABLE = np.array([[[1, 4], [2, 3], [3, inf]], [[9, inf], [2, 8], [5, 5]]], float)


def every_resample(costs):
    """The chance of each rank over all draws of problems and of their seeds."""
    problems, solvers, seeds = costs.shape
    draws = list(product(range(seeds), repeat=seeds))
    places = list(product(range(problems), draws))
    chances = np.zeros((solvers, solvers))
    for resample in product(places, repeat=problems):
        table = [medians(costs[p][:, list(draw)]) for p, draw in resample]
        first, last = ranks(areas(np.array(table)))
        for solver in range(solvers):
            shared = slice(first[solver] - 1, last[solver])
            chances[solver, shared] += 1 / (last[solver] - first[solver] + 1)
    return chances / len(places) ** problems


def test_chances_are_those_of_every_resample():
    chances = rank_chances(TABLE, resamples=20_000)
    # four standard errors of a share from 20,000 draws
    np.testing.assert_allclose(
        chances, every_resample(TABLE), atol=4 * 0.5 / 20_000**0.5
    )


DRAWN = np.array([[[[1], [4]], [[2], [3]]], [[[9], [2]], [[5], [inf]]]], float)
"""Two problems, two solvers, two draw seeds, one seed."""


def every_resample_of_draws(costs):
    """As above, over all draws of problems and of each solver's draw seeds."""
    problems, solvers, draws, _ = costs.shape
    picks = list(product(product(range(draws), repeat=draws), repeat=solvers))
    places = list(product(range(problems), picks))
    chances = np.zeros((solvers, solvers))
    for resample in product(places, repeat=problems):
        table = [
            [medians(costs[p, s, list(pick), 0]) for s, pick in enumerate(own)]
            for p, own in resample
        ]
        first, last = ranks(areas(np.array(table)))
        for solver in range(solvers):
            shared = slice(first[solver] - 1, last[solver])
            chances[solver, shared] += 1 / (last[solver] - first[solver] + 1)
    return chances / len(places) ** problems


def test_draw_seeds_are_resampled_for_each_solver_on_its_own():
    np.testing.assert_allclose(
        rank_chances(DRAWN, resamples=20_000),
        every_resample_of_draws(DRAWN),
        atol=4 * 0.5 / 20_000**0.5,
    )


def test_draw_seeds_that_change_nothing_change_no_rank():
    same = np.repeat(TABLE[:, :, None], 3, axis=2)
    tolerance = 4 * 0.5 / 4_000**0.5
    chances = [rank_chances(each, resamples=4_000) for each in (TABLE, same)]
    np.testing.assert_allclose(*chances, atol=2 * tolerance)


def test_only_several_draw_seeds_show_that_a_first_rank_may_be_luck():
    """On one problem two solvers are equally good; a draw seed's luck decides.

    The luck is ten times what a seed changes. If chances were exact, one solver would
    surely be the first (in 95 % of the resamples) in a tenth of the runs.
    """
    draw = np.random.default_rng(1)

    def sure(draws, truth=0.0):
        luck = draw.normal(size=(60, 1, 2, draws, 1))
        luck[:, :, 0] -= truth
        tables = np.exp(luck + 0.1 * draw.normal(size=(60, 1, 2, 1, 5)))
        firsts = [rank_chances(table, resamples=100)[0, 0] for table in tables]
        return np.abs(np.array(firsts) - 0.5) > 0.45

    assert sure(1).mean() > 0.7
    assert sure(5).mean() < 0.22
    assert sure(5, truth=6.0).mean() > 0.9  # a solver that is better is found to be


costs = st.floats(1e-3, 1e3) | st.sampled_from([inf, nan])


@settings(deadline=None, max_examples=40)
@given(arrays(float, (3, 4, 3), elements=costs))
def test_each_rank_is_someones_and_everyone_has_one(table):
    chances = rank_chances(table, resamples=50)
    np.testing.assert_allclose(chances.sum(0), 1)
    np.testing.assert_allclose(chances.sum(1), 1)


def test_the_same_seed_is_drawn_for_all():
    # Noise that all share decides nothing: A is always 1 % cheaper.
    shared = np.exp(3 * np.random.default_rng(0).normal(size=(5, 1, 7)))
    table = np.concatenate([shared, 1.01 * shared], axis=1)
    assert rank_chances(table).tolist() == [[1, 0], [0, 1]]


def test_who_both_never_arrive_share_their_ranks():
    table = np.full((4, 3, 2), inf)
    table[:, 1] = 1.0
    np.testing.assert_allclose(rank_chances(table)[0], [0, 0.5, 0.5])


def test_a_missing_seed_is_not_a_failure():
    table = np.ones((3, 2, 5))
    table[:, 1, 0] = nan
    np.testing.assert_allclose(rank_chances(table), 0.5)


def test_who_applies_to_one_problem_is_not_last_where_it_is_not_drawn():
    both, alone = [2.0, 2.0], [nan, nan]
    table = np.array([[[1.0, 1.0], both, [4.0, 4.0]], [alone, both, [1.0, 1.0]]])
    # The first is the best on its one problem, the others on one or the other.
    chances = rank_chances(table)
    assert chances[0, 2] == 0
    assert chances[0, 0] > 0.7
    np.testing.assert_allclose(chances.sum(0), 1)
    low, high = likely_ranks(chances)
    assert (low[0], high[0]) == (1, 2)


def test_who_applies_to_nothing_takes_no_rank_of_others():
    table = np.array([[[1.0], [nan], [2.0]], [[2.0], [nan], [1.0]]])
    chances = rank_chances(table)
    assert chances[1].tolist() == [0, 0, 1]
    assert likely_ranks(chances)[1][[0, 2]].tolist() == [2, 2]


def test_the_same_table_gives_the_same_chances():
    table = np.random.default_rng(0).random((4, 3, 5))
    assert (rank_chances(table) == rank_chances(table)).all()
    assert (rank_chances(table) != rank_chances(table, seed=1)).any()


@pytest.mark.parametrize(
    ("row", "low", "high"),
    [
        ([1, 0, 0, 0], 1, 1),
        ([0.02, 0.96, 0.02, 0], 2, 2),
        ([0.03, 0.94, 0.03, 0], 1, 3),
        ([0.025, 0.0, 0.95, 0.025], 3, 3),
        ([0, 0, 0.5, 0.5], 3, 4),
    ],
)
def test_likely_ranks_leave_out_what_is_unlikely_on_both_sides(row, low, high):
    likely = likely_ranks(np.array([row]))
    assert (likely[0][0], likely[1][0]) == (low, high)


@settings(deadline=None, max_examples=60)
@given(arrays(float, (4, 7), elements=st.floats(-9, 9) | st.sampled_from([inf, nan])))
def test_medians_are_inverted_cdf_of_what_is_known(numbers):
    for row, middle in zip(numbers, medians(numbers), strict=True):
        known = row[~np.isnan(row)]
        expected = np.sort(known)[(len(known) - 1) // 2] if len(known) else nan
        np.testing.assert_equal(middle, expected)


def test_of_equal_solvers_one_is_seldom_surely_the_first():
    draw = np.random.default_rng(0)
    tables = np.exp(draw.normal(size=(100, 12, 2, 1)) + draw.normal(size=(12, 2, 5)))
    sure = [rank_chances(t, resamples=100)[:, 0].max() > 0.95 for t in tables]
    assert np.mean(sure) < 0.22  # 0.1 were the chances exact, 0.13 over more tables
