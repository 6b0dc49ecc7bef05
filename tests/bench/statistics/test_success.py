"""McNemar's test against SciPy's binomial one, Holm's against closed testing."""

from itertools import combinations
from math import nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from bench.statistics import holm, mcnemar


def test_the_example_by_hand():
    # Alone: A in 8 trials, B in 2; both in 5, neither in 3.
    a = np.repeat([1, 0, 1, 0], [8, 2, 5, 3])
    b = np.repeat([0, 1, 1, 0], [8, 2, 5, 3])
    pairs = mcnemar(np.stack([a, b], axis=1).astype(float))
    assert (pairs.only_first[0], pairs.only_second[0], pairs.both[0]) == (8, 2, 18)
    # 2 (1 + 10 + 45) / 2^10
    assert pairs.chance[0] == pytest.approx(112 / 1024)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 40), st.integers(0, 40))
def test_chances_are_scipys(alone, rival):
    trials = np.repeat([[1.0, 0], [0, 1.0], [1, 1]], [alone, rival, 1], axis=0)
    expected = stats.binomtest(alone, alone + rival).pvalue if alone + rival else 1
    assert mcnemar(trials).chance[0] == pytest.approx(expected)


def test_what_does_not_apply_is_no_failure():
    pairs = mcnemar(np.array([[1, nan, 0], [1, nan, 0], [1, 1, 1]]))
    named = dict(
        zip(zip(pairs.first, pairs.second, strict=True), pairs.both, strict=True)
    )
    assert named == {(0, 1): 1, (0, 2): 3, (1, 2): 1}
    assert pairs.only_first.tolist() == [0, 2, 0]


def closed(chances):
    """The largest Bonferroni p of any set of hypotheses that has this one in it."""
    places = range(len(chances))
    sets = [s for size in places for s in combinations(places, size + 1)]
    alone = {s: min(1, len(s) * min(chances[i] for i in s)) for s in sets}
    return [max(alone[s] for s in sets if i in s) for i in places]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holms_is_the_closed_test(chances):
    np.testing.assert_allclose(holm(np.array(chances)), closed(chances))


def test_of_equal_solvers_few_are_told_apart():
    draw = np.random.default_rng(0)
    tables = (draw.random((30, 4)) < 0.5 for _ in range(300))
    rejected = [mcnemar(t.astype(float)).corrected.min() <= 0.05 for t in tables]
    assert np.mean(rejected) <= 0.05
