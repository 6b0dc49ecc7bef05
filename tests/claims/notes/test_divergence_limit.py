"""Losses near the limit against the closed form."""

import jax
import pytest

from claims.notes import divergence_limit


def test_a_loss_near_the_limit_grows_by_the_square_of_1_minus_the_step():
    with jax.enable_x64(True):
        losses = divergence_limit._losses(4.0, 1.01 * 2 / 4.0)
    assert losses[-1] / losses[-2] == pytest.approx((1 - 2.02) ** 2, rel=1e-12)


def test_the_repaired_limit_is_bracketed_and_the_sentences_is_not():
    checks = divergence_limit.divergence_limit.run().checks
    assert {(check.form, check.met) for check in checks} == {
        ("as it stands", False),
        ("repaired", True),
    }
    assert [(c.seen.low, c.seen.high) for c in checks[1::2]] == [
        pytest.approx((0.99 * limit, 1.01 * limit)) for limit in (8.0, 0.5)
    ]
