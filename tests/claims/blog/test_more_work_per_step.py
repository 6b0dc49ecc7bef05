"""Dearer steps against fewer steps, and who is the fastest."""

import numpy as np
import pytest

from claims.blog import more_work_per_step

STEPS, PRICES = (100.0, 50, 20, 5, 2), (1.0, 2, 4, 8, 16)


def spent(steps=STEPS, prices=PRICES):
    """Return costs of five optimizers on two seeds; `prices` are seconds a step."""
    return {
        label: {"steps": np.full(2, n), "seconds": np.full(2, n * price)}
        for label, n, price in zip(
            more_work_per_step.OPTIMIZERS, steps, prices, strict=True
        )
    }


def test_a_trade_needs_dearer_steps_to_be_fewer():
    rank = more_work_per_step._rank("x", spent())
    assert (rank.seen.median, rank.met) == (pytest.approx(-1), True)
    rank = more_work_per_step._rank("x", spent(prices=PRICES[::-1]))
    assert (rank.seen.median, rank.met) == (pytest.approx(1), False)


def test_who_never_got_there_has_no_rank():
    rank = more_work_per_step._rank("x", spent((np.inf, 50.0, 20, 5, 2)))
    assert rank.seen.median == pytest.approx(-1)


def winners(**problems):
    found = more_work_per_step._winners(problems)
    return [(check.seen.median, check.met) for check in found]


def test_a_trade_has_more_than_one_winner():
    few = spent()  # the last one has the fewest steps and seconds
    many = spent(prices=(1e-3, 2, 4, 8, 16))  # the first one is the fastest
    assert winners(a=few, b=many) == [(2, True), (1, True)]
    assert winners(a=few, b=few) == [(1, False), (0, False)]
    assert winners(a=many, b=many) == [(1, False), (2, True)]
