"""Criteria: which numbers and intervals meet them."""

from math import inf, isnan, nan

import numpy as np
import pytest

from bench import BenchError, Interval
from claims import Check, above, below, bracket, near, within


def between(low, median, high):
    return Interval(median, low, high, 0.95)


@pytest.mark.parametrize(
    ("criterion", "seen", "met"),
    [
        (above(1), 1.1, True),
        (above(1), 1.0, False),
        (above(1), between(1.1, 2, 3), True),
        (above(1), between(1.0, 2, 3), False),
        (above(1), between(1.1, inf, inf), True),
        (above(1, median=True), between(0.5, 2, 3), True),
        (above(1, median=True), between(0.5, 0.9, 3), False),
        (below(1), 0.9, True),
        (below(1), 1.0, False),
        (below(1), between(0.1, 0.5, 0.9), True),
        (below(1), between(0.1, 0.5, 1.0), False),
        (below(1), between(0.1, 0.5, inf), False),
        (within(2, 10), between(2, 5, 10), True),
        (within(2, 10), between(1.9, 5, 10), False),
        (within(2, 10), between(2, 5, 10.1), False),
        (within(2, 10, median=True), between(1, 5, 11), True),
        (within(2), between(2, 5, inf), True),
        (within(2), 1.9, False),
        (within(high=2), between(-inf, 1, 2), True),
        (within(high=2), 2.1, False),
        (near(2), 2.0, True),
        (near(2), 2.0000001, False),
        (near(2), between(1, 1.5, 2), True),
        (near(2), between(1, 1.5, 1.9), False),
        (near(2, rel=0.06), between(1, 1.5, 1.9), True),
        (near(2, abs=0.11), between(1, 1.5, 1.9), True),
        (near(2, rel=0.01, abs=0.05), between(1, 1.5, 1.9), False),
        (near(2, median=True), between(1, 1.5, 3), False),
        (near(2), between(1, 1.5, inf), False),
        (near(-2, rel=0.1), -2.2, True),
        (near(0, abs=1e-9), 1e-10, True),
        *((c, nan, False) for c in (above(1), below(1), near(1), within(0, 1))),
    ],
    ids=str,
)
def test_a_criterion_is_met_by_a_number_or_by_all_of_its_interval(criterion, seen, met):
    assert Check("x", seen, criterion).met is met


@pytest.mark.parametrize(
    ("criterion", "seen", "spare"),
    [
        (below(1), 0.8, 0.2),
        (below(1), 1.25, 0.2),  # the inverse of a ratio is as far
        (below(1), between(0.1, 0.5, 0.75), 0.25),  # the nearer end decides
        (below(1), between(0.1, 0.5, 4.0), 0.75),
        (above(2, median=True), between(1, 4, 5), 0.5),
        (above(0), 0.3, 0.3),
        (below(1), inf, 1.0),
        (within(2, 10), 8, 0.2),
        (within(2, 10), 2.5, 0.2),
        (within(2, 10), 1.0, 0.5),
        (within(2, 10), between(1, 5, 20), 0.5),
        (near(2, abs=0.5), 2.1, 0.8),  # in tolerances
        (near(2, abs=0.5), 3.0, 1.0),
        (near(2, abs=0.5), between(2.4, 3, 9), 0.2),
        (near(2), 2, inf),
        (near(2), 4, 0.5),
    ],
    ids=str,
)
def test_what_is_to_spare_is_the_change_that_turns_it(criterion, seen, spare):
    assert Check("x", seen, criterion).spare == pytest.approx(spare)


def test_an_unknown_number_has_nothing_to_spare():
    assert isnan(Check("x", nan, below(1)).spare)
    assert isnan(Check("x", 1.0).spare)


def test_samples_are_a_median_with_order_statistics():
    check = Check("x", np.arange(1.0, 11.0), above(1))
    assert check.seen[:3] == (5, 2, 9)
    assert str(check) == "x: 5 [2, 9], above 1"
    assert Check("x", np.float32(2), unit="s").number == "2 s"


def test_without_a_criterion_a_number_stands_beside():
    check = Check("x", 1.0, form="repaired")
    assert (check.form, check.met) == ("beside", None)


def test_a_bracket_is_met_where_it_holds_the_number():
    assert Check("x", bracket(7.9, 8.1), near(8)).met
    assert not Check("x", bracket(7.9, 8.1), near(8.2)).met


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        (above(1), "above 1"),
        (below(0.5, median=True), "median below 0.5"),
        (within(2, 10), "2 to 10"),
        (within(2), "at least 2"),
        (within(high=1e-10), "at most 1e-10"),
        (near(3), "equal to 3"),
        (near(3, rel=0.05, abs=0.1), "near 3 (± 5 % ± 0.1)"),
    ],
    ids=str,
)
def test_a_criterion_states_itself(criterion, words):
    assert criterion.words == words


def test_an_unknown_form_is_refused():
    with pytest.raises(BenchError, match=r"check 'x': form = 'repared'"):
        Check("x", 1.0, above(1), "repared")  # pyright: ignore[reportArgumentType]
