"""Scores that others published, worked out again from their raw times."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bench.statistics import ratios_to_best, share_within, staircase

TIMES = pd.read_csv(
    Path(__file__).with_name("algoperf_self_tuning.csv"), index_col="submission"
)
"""Seconds to the target on nine workloads, inf for never, and the score.

AlgoPerf, self-tuning ruleset, rolling leaderboard: MLCommons, repository
submissions_algorithms, analysis/data/time_to_targets.csv and leaderboard.csv.
"""
MOST = 4.0
"""AlgoPerf's greatest ratio to the best; its scores are means of ρ(τ) over [1, 4]."""


@pytest.fixture
def ratios():
    return ratios_to_best(TIMES.drop(columns="score").to_numpy().T)


def test_algoperfs_scores_by_its_own_quadrature(ratios):
    at = np.linspace(1, MOST, 100)
    scores = np.trapezoid(share_within(ratios, at), at, axis=0) / (MOST - 1)
    assert scores == pytest.approx(TIMES["score"].to_numpy(), abs=1e-9)


def test_algoperfs_scores_by_the_exact_integral(ratios):
    for name, column in zip(TIMES.index, ratios.T, strict=True):
        at, share = staircase(column)
        ends = np.append(np.minimum(at, MOST), MOST)
        exact = np.diff(ends) @ share / (MOST - 1)
        assert exact == pytest.approx(TIMES.loc[name, "score"], abs=0.5 / 99)
