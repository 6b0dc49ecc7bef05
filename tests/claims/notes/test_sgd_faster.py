"""Ratios of costs, and what they decide."""

import numpy as np
import pytest

from claims.notes import sgd_faster

COSTS = {
    "all": {"examples": [8.0, 9.0], "seconds": [8.0, 9.0]},
    "one": {"examples": [2.0, 3.0], "seconds": [16.0, 3.0]},
    "a hundred": {"examples": [2.0, 3.0], "seconds": [2.0, np.inf]},
}


@pytest.fixture
def ratios(monkeypatch):
    def costs(run, label, cost):
        return np.array(COSTS[label][cost])

    monkeypatch.setattr(sgd_faster, "costs", costs)
    return lambda rows: list(sgd_faster._ratios(rows, 1e-2, None))


def test_costs_with_all_are_over_those_with_few_seed_by_seed(ratios):
    checks = ratios(sgd_faster.LARGE)
    forms = ["as it stands", "as it stands", "repaired", "repaired"]
    assert [check.form for check in checks] == forms
    assert [check.met for check in checks] == [True, False, True, False]
    assert (checks[0].seen.low, checks[0].seen.high) == (3.0, 4.0)


def test_small_data_decide_nothing(ratios):
    assert {check.form for check in ratios(1000)} == {"beside"}
