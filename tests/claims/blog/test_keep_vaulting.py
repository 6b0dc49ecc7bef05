"""Single jumps against the published loop in plain Python."""

import numpy as np
import pytest

from claims.blog import keep_vaulting
from claims.blog.keep_vaulting import RATE, jumps, lengths


def test_a_jump_is_the_published_codes(published):
    def factor(_, old, new):
        old, new = old + 1.0, new + 1.0
        first = (new - old) / RATE
        second = (new - first) / RATE
        return -second / first * RATE

    points = np.array([0.1, 1.0, 3.0])
    expected = [published(x, RATE, 1, factor)[0] - 1 for x in points]
    np.testing.assert_allclose(jumps(1.0, points), expected, rtol=1e-9)


def test_where_nothing_falls_there_is_no_jump():
    assert np.isnan(jumps(1.0, np.full(1, 1e-12))).all()


REPAIRS = {"keep_vaulting": "learning_rate", "calculated_step": "first_look"}
"""The settings that are the length of their first move."""


@pytest.mark.parametrize("constant", [0.0, 1.0, 7.0, 100.0])
@pytest.mark.parametrize("name", REPAIRS)
def test_a_repaired_step_goes_to_the_minimum_whatever_the_constant(name, constant):
    for length, x in ((RATE, 1.0), (0.2, 2.0)):
        found = lengths(name, constant, np.full(2, x), **{REPAIRS[name]: length})
        np.testing.assert_allclose(found, 1 / RATE)


def test_in_float32_a_look_too_short_to_see_is_taken_four_times():
    look, one = 1e-9, np.ones(1, np.float32)
    (length,) = lengths("calculated_step", 1.0, one, first_look=look)
    assert length * RATE / look == pytest.approx(4, rel=1e-3)


def test_published_jumps_are_as_predicted():
    jumped = list(keep_vaulting._published_jumps())
    assert {check.form for check in jumped} == {"repaired"}
    assert all(check.met for check in jumped)
