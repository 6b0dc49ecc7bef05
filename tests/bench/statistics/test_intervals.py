from math import inf, isnan, nan

import numpy as np
import pytest
from scipy import stats

from bench.statistics.intervals import coverage, interval, median


@pytest.mark.parametrize("count", range(1, 40))
def test_coverage_is_the_binomial_one(count):
    for rank in range(1, (count + 1) // 2 + 1):
        expected = 1 - 2 * stats.binom.cdf(rank - 1, count, 0.5)
        assert coverage(count, rank) == pytest.approx(max(expected, 0), abs=1e-12)


@pytest.mark.parametrize("count", range(6, 60))
def test_the_interval_is_scipys(count):
    numbers = np.random.default_rng(count).normal(size=count)
    expected = stats.quantile_test(numbers).confidence_interval(0.95)
    bounds = interval(numbers)
    assert (bounds.low, bounds.high) == (expected.low, expected.high)
    assert bounds.coverage >= 0.95


@pytest.mark.parametrize("count", range(1, 12))
def test_the_median_is_inverted_cdf(count):
    numbers = np.random.default_rng(count).normal(size=count)
    expected = np.quantile(numbers, 0.5, method="inverted_cdf")
    assert median(numbers) == interval(numbers).median == expected


def test_few_numbers_span_min_to_max_and_say_how_sure_that_is():
    assert interval([3.0, 1.0, 2.0]) == (2.0, 1.0, 3.0, 0.75)


def test_never_is_infinity_and_not_dropped():
    assert interval([1.0, inf, inf])[:3] == (inf, 1.0, inf)
    assert interval([1.0, 2.0, inf])[:3] == (2.0, 1.0, inf)


def test_what_is_not_known_stays_unknown():
    assert all(map(isnan, interval([1.0, nan])))
    assert all(map(isnan, interval([])))
