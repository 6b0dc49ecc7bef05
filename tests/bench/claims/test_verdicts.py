"""Verdicts come from numbers: they flip when the numbers do."""

from math import nan

import pytest
from bench.claims import Number
from bench.claims.blog import derivation_signs, newton_one_step
from bench.claims.fd import fd_step, fd_toy
from bench.claims.notes import divergence_limit, momentum_average
from bench.claims.step import taylor


def numbers(stands, repaired):
    """Return a number a form, each as (predicted, measured)."""
    return [
        Number("as it stands", "x", *stands),
        Number("repaired", "x", *repaired),
        Number("beside", "x", nan, 5.0),
    ]


WRONG, RIGHT = (0.0, 3.0), (0.0, 0.0)


@pytest.mark.parametrize(
    "judge",
    [
        divergence_limit.judge,
        derivation_signs.judge,
        taylor.judge,
        fd_toy.judge,
        newton_one_step.judge,
    ],
)
def test_a_verdict_flips_with_its_numbers(judge):
    assert judge(numbers(RIGHT, RIGHT)) == "holds"
    assert judge(numbers(WRONG, RIGHT)).startswith("holds if ")
    assert judge(numbers(WRONG, WRONG)) == "fails"


def test_what_has_no_repair_holds_or_fails():
    assert momentum_average.judge(numbers(RIGHT, WRONG)) == "holds"
    assert momentum_average.judge(numbers(WRONG, RIGHT)) == "fails"


def test_one_number_that_disagrees_is_enough():
    twice = [*numbers(RIGHT, RIGHT), Number("as it stands", "y", *WRONG)]
    assert divergence_limit.judge(twice).startswith("holds if ")


def test_a_prediction_may_lie_anywhere_in_an_interval():
    number = Number("as it stands", "x", 2.0, 1.0, 0.5, 1.9)
    assert not number.agrees(0.0)
    assert number.agrees(0.06)
    assert number._replace(predicted=1.5).agrees(0.0)


def test_both_ends_must_ruin_a_difference():
    ruined = Number("as it stands", "x", nan, 500.0, 200.0, 900.0)
    assert fd_step.judge([ruined, ruined]) == "holds"
    assert fd_step.judge([ruined, ruined._replace(low=50.0)]) == "fails"
