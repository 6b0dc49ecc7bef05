"""Verdicts and findings come from checks: they flip when the numbers do."""

from math import nan

import pytest

from bench import BenchError
from claims import Check, Evidence, above, claim
from claims.claim import finding, spare_in_words

RIGHT, WRONG = 2.0, 0.5


def checks(stands, repaired):
    """Return a check of each form, by its number."""
    return [
        Check("x", stands, above(1)),
        Check("x", repaired, above(1), "repaired"),
        Check("x", WRONG, above(1), "beside"),
    ]


@claim(source="s", sentence="t", condition="it is mended")
def mended(full):
    return Evidence([Check("x", float(full))], lambda figure: None)


@claim(source="s", sentence="t")
def plain_claim():
    return Evidence([Check("x", 3.0)], lambda figure: None)


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ((RIGHT, RIGHT), "holds"),
        ((RIGHT, WRONG), "holds"),
        ((WRONG, RIGHT), "holds if it is mended"),
        ((WRONG, WRONG), "fails"),
    ],
)
def test_a_verdict_flips_with_its_numbers(numbers, verdict):
    assert mended.verdict(checks(*numbers)) == verdict


def test_what_has_no_condition_holds_or_fails():
    assert plain_claim.verdict(checks(RIGHT, WRONG)) == "holds"
    assert plain_claim.verdict(checks(WRONG, RIGHT)) == "fails"


def test_one_number_that_is_not_met_is_enough():
    twice = [*checks(RIGHT, RIGHT), Check("y", WRONG, above(1))]
    assert mended.verdict(twice) == "holds if it is mended"


def test_a_form_without_checks_decides_nothing():
    assert mended.verdict(checks(RIGHT, RIGHT)[2:]) == "fails"
    assert mended.verdict(checks(RIGHT, RIGHT)[1:]) == "holds if it is mended"


def test_a_function_becomes_a_claim_that_may_take_its_size():
    assert plain_claim.id == "plain-claim"
    assert [mended.run(full).checks[0].seen[0] for full in (False, True)] == [0, 1]
    assert plain_claim.run(full=True).checks[0].seen[0] == 3


def test_a_finding_counts_and_names_what_is_met_and_what_is_not():
    many = [Check(f"y{i}", RIGHT, above(1)) for i in range(5)]
    assert finding([*many, *checks(WRONG, RIGHT)]) == (
        "As it stands, 5 of 6 criteria are met. Not met: x: 0.5, above 1. "
        "Met: y0: 2, above 1; y1: 2, above 1; y2: 2, above 1; and 2 more. "
        "Repaired, 1 of 1 criteria are met. Met: x: 2, above 1."
    )


def test_a_claim_needs_a_check():
    with pytest.raises(BenchError, match="the claim has no checks"):
        Evidence([], lambda figure: None)


@pytest.mark.parametrize(
    ("stands", "repaired", "turning"),
    [
        ((2.0, 4.0), (1.1,), 2.0),  # holds: the nearest of all that hold it
        ((0.9, 0.5), (4.0,), 0.5),  # both would have to be met
        ((0.1, 0.5), (1.2,), 1.2),
        ((0.1, 0.5), (0.8, 3.0), 0.8),  # fails: the repaired is nearer
        ((0.9, 3.0), (0.1,), 0.9),
    ],
)
def test_a_verdict_turns_with_the_least_change(stands, repaired, turning):
    some = [Check("x", number, above(1)) for number in stands]
    some += [Check("x", number, above(1), "repaired") for number in repaired]
    some += [Check("x", 1.0001, above(1), "beside")]
    found = mended.turns(some)
    assert found is not None
    assert found.seen.median == turning


@pytest.mark.parametrize(
    ("number", "words"),
    [(1.1, "9.1 %, close"), (2.0, "50 %"), (1e6, "100 % or more"), (nan, "unknown")],
)
def test_less_than_a_fifth_to_spare_is_close(number, words):
    assert spare_in_words(Check("x", number, above(1))) == words
