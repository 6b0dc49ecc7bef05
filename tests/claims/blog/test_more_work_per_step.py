"""Dearer steps against fewer steps, and winners by every count."""

import numpy as np
import pytest

from claims.blog import more_work_per_step


def spent(steps, prices, **counts):
    """Costs of five optimizers on two seeds; a count not given is 0."""
    labels, counted = more_work_per_step.OPTIMIZERS, more_work_per_step.COUNTS
    table = {count: np.zeros(5) for count in counted} | counts
    table |= {"steps": np.array(steps), "seconds": np.multiply(steps, prices)}
    return {
        label: {what: np.full(2, row[i]) for what, row in table.items()}
        for i, label in enumerate(labels)
    }


def checks(**changed):
    falling = {"steps": [100.0, 50, 20, 5, 2], "prices": [1.0, 2, 4, 8, 16]}
    work = {"gradient": [100, 50, 20, 5, 2], "hessian": [0, 0, 0, 0, 2]}
    costs = spent(**(falling | work | changed))
    rank = more_work_per_step._rank("x", costs)
    return rank, more_work_per_step._winners("x", costs)


def test_a_trade_needs_dearer_steps_to_be_fewer():
    rank, winners = checks()
    assert (rank.seen.median, rank.met) == (pytest.approx(-1), True)
    assert (winners.seen.median, winners.met) == (0, True)
    rank, _ = checks(prices=[16.0, 8, 4, 2, 1])
    assert (rank.seen.median, rank.met) == (pytest.approx(1), False)


def test_a_trade_has_no_winner_by_every_count():
    _, winners = checks(hessian=[0] * 5, prices=[1.0, 1.1, 1.2, 1.3, 1.4])
    assert (winners.seen.median, winners.met) == (1, False)
    _, winners = checks(hessian=[9, 0, 0, 0, 2], prices=[16.0, 2, 4, 8, 16])
    assert winners.seen.median == 0  # who is dearest by every count is none


def test_who_never_got_there_has_no_rank():
    rank, _ = checks(steps=[np.inf, 50.0, 20, 5, 2])
    assert rank.seen.median == pytest.approx(-1)
