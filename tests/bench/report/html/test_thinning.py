"""Rows that a page leaves out change no cost to a level, and no best value."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.report.html.thinning import POINTS, TAUS, Levels, Seen, between, kept

ROWS = 1000


def first(values, level, rising):
    """The plain definition of a crossing, row by row."""
    met = (x >= level if rising else x <= level for x in values)
    return next((row for row, yes in enumerate(met) if yes), None)


@st.composite
def walks(draw):
    """A noisy trace, rising or falling, with values that were not evaluated."""
    seed, rising = draw(st.integers(0, 2**32 - 1)), draw(st.booleans())
    random = np.random.default_rng(seed)
    falling = np.exp(-draw(st.floats(0.0, 0.05)) * np.arange(ROWS))
    values = falling * (1 + draw(st.floats(0, 1)) * random.random(ROWS))
    values[random.random(ROWS) < draw(st.sampled_from([0.0, 0.5, 0.99]))] = np.nan
    values[0] = 1.0
    return (-values if rising else values), rising


@settings(deadline=None, max_examples=60)
@given(walks(), st.floats(-0.5, 0.9))
def test_no_crossing_moves(walk, best):
    values, rising = walk
    start, end = values[0], -best if rising else best
    levels = between(start, end)
    step = np.arange(float(ROWS))
    rows = kept(step, [Seen(values, rising, [Levels(levels, rising)])])
    for level in levels:
        whole, thin = first(values, level, rising), first(values[rows], level, rising)
        assert (whole is None) == (thin is None)
        assert thin is None or rows[thin] == whole
    best_of = np.nanmax if rising else np.nanmin
    assert best_of(values[rows]) == best_of(values)
    assert (rows[0], rows[-1]) == (0, ROWS - 1)


def test_a_long_trace_is_thinned_and_a_short_one_is_not():
    long, short = np.arange(100_000.0), np.arange(float(POINTS))
    seen = Seen(1 / (1 + long), False, [Levels(between(1.0, 0.0))])
    assert len(kept(long, [seen])) < 2 * POINTS + len(TAUS)
    assert len(kept(long, [seen], every=True)) == len(long)
    assert len(kept(short, [])) == len(short)


def test_the_levels_reach_from_the_start_to_the_best():
    levels = between(3.0, 1.0)
    assert levels[0] == 3.0
    assert levels[-1] == pytest.approx(1.0, abs=1e-9)
    assert levels[24] == pytest.approx(1.2)
