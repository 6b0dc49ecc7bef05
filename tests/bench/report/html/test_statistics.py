"""The page's statistics are those of `bench.statistics`, number for number."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from bench import statistics
from bench.statistics.intervals import interval, medians, widest_rank

from .node import evaluate

CHANCES = "Report.now(Report.ranks.rankChances(costs))"
PROFILES = """({
    areas: Report.profiles.areas(costs),
    ratios: Report.profiles.ratiosToBest(costs),
    stairs: costs[0].map((_, i) => Report.profiles.staircase(costs.map((r) => r[i]))),
})"""


def costs_of(draw_seeds, seed=3):
    """Return costs with ties, some infinite, some missing, one solver nowhere."""
    draw = np.random.default_rng(seed)
    levels = draw.normal(size=(5, 6, 1, 1))
    costs = np.exp(levels + 0.5 * draw.normal(size=(5, 6, draw_seeds, 7)))
    costs[draw.random(costs.shape) < 0.2] = np.inf
    costs[draw.random(costs.shape) < 0.03] = np.nan
    costs[1, 2] = np.nan
    costs[3] = np.inf
    costs[4, 0] = 0.0
    costs[:, 5] = costs[:, 4]
    return costs


def test_the_generator_draws_what_numpys_does():
    bounds = [16] * 3 + [10] * 4 + [3, 1, 7, 100_003, 2**21]
    drawn = evaluate("bounds.map(Report.boundedIntegers())", bounds=bounds)
    draw = np.random.default_rng(0)
    assert drawn == [int(draw.integers(n)) for n in bounds]


def test_intervals_and_medians():
    draw = np.random.default_rng(1)
    samples = [draw.normal(size=n) for n in range(1, 40)] + [[1.0, np.inf], [np.nan]]
    of = "samples.map((x) => Report.statistics.interval(x))"
    found = evaluate(of, samples=samples)
    for sample, one in zip(samples, found, strict=True):
        numbers = [one[name] for name in ("median", "low", "high", "coverage")]
        assert_allclose(numbers, interval(sample), rtol=1e-12)
    of, counts = "counts.map((n) => Report.statistics.widestRank(n))", [*range(1, 99)]
    assert evaluate(of, counts=counts) == [widest_rank(n, 0.95) for n in counts]


def test_profiles_and_areas():
    costs = medians(costs_of(1)[:, :, 0])
    found = evaluate(PROFILES, costs=costs)
    assert_allclose(found["areas"], statistics.areas(costs), rtol=1e-13)
    assert_array_equal(found["ratios"], statistics.ratios_to_best(costs))
    for solver, stairs in enumerate(found["stairs"]):
        at, share = statistics.staircase(costs[:, solver])
        assert_array_equal(stairs["at"], at)
        assert_array_equal(stairs["share"], share)


@pytest.mark.parametrize("draw_seeds", [1, 3])
def test_rank_probabilities_are_those_of_the_tables(draw_seeds):
    costs = costs_of(draw_seeds)
    chances = evaluate(CHANCES, costs=costs)
    assert_allclose(chances, statistics.rank_chances(costs), atol=1e-12)
    likely = evaluate("Report.ranks.likelyRanks(chances)", chances=chances)
    ranks = [[row["low"], row["high"]] for row in likely]
    expected = statistics.likely_ranks(statistics.rank_chances(costs))
    assert_array_equal(ranks, np.stack(expected, axis=1))


def test_a_solver_of_few_problems_has_its_rank_where_none_of_them_is_drawn():
    first, second = [1.0, 2.0, np.nan, np.nan], [2.0, 1.0, 0.5, np.nan]
    costs = np.array([first, second])[:, :, None, None]
    chances = evaluate(CHANCES, costs=costs)
    assert_allclose(chances, statistics.rank_chances(costs), atol=1e-12)
    assert chances[2][2] == 0  # it is not last of the three where it is not drawn


def test_ties_share_their_ranks():
    scores = [0.5, 0.7, 0.5 + 1e-14, np.nan]
    found = evaluate("Report.ranks.ranks(scores)", scores=scores)
    first, last = statistics.ranks(np.array(scores))
    assert [row["first"] for row in found] == first.tolist() == [2, 1, 2, 4]
    assert [row["last"] for row in found] == last.tolist() == [3, 1, 3, 4]


def test_break_even_prices():
    pairs = [calls_of_two(seed) for seed in range(60)]
    found = evaluate(
        "pairs.map(([g, o]) => Report.breakEven.breakEvens(g, o))",
        pairs=pairs,
    )
    met = 0
    for (gradients, others), rows in zip(pairs, found, strict=True):
        expected = statistics.break_evens(np.array(gradients), np.array(others))
        assert len(rows) == len(expected)
        for row, one in zip(rows, expected, strict=True):
            assert_allclose([row[name] for name in one._fields], one, rtol=1e-13)
        met += len(rows)
    assert met > 30


def calls_of_two(seed):
    """Return gradients and other calls of two optimizers; some never arrive."""
    draw = np.random.default_rng(seed)
    gradients = draw.integers(1, 50, size=(2, 7)).astype(float)
    others = draw.integers(0, 100, size=(2, 7)).astype(float)
    never = draw.random(gradients.shape) < 0.1
    gradients[never] = others[never] = np.inf
    return gradients.tolist(), others.tolist()
