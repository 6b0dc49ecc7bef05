"""The rule for seconds: its error rates, simulated, and what it takes for what."""

import numpy as np
import pytest
from scipy import stats

from bench.report.compare.rule import SAME, foreseen, judge, relative, together

TABLES, CELLS, SEEDS, ROUNDS = 100, 12, 6, 50
GROUPS = [list(range(i, CELLS, 4)) for i in range(4)]


def tables(noise, sticks, rounds=ROUNDS, unequal=0.0, seed=0):
    """Return log seconds, float[table, cell, seed, round], that differ by chance alone.

    Args:
        noise: Standard deviation of a trial.
        sticks: Of what a process does to a cell, as a share of `noise`.
        unequal: Of the log of the cells' own shares of both.
    """
    draw = np.random.default_rng(seed).standard_normal
    own = noise * np.exp(unequal * draw((TABLES, CELLS, 1, 1)))
    of_trial = draw((TABLES, CELLS, SEEDS, rounds))
    of_process = sticks * draw((TABLES, CELLS, 1, rounds))
    machine = 0.05 * draw((TABLES, 1, 1, rounds))
    return own * (of_trial + of_process) + machine


def long_enough(x):
    """Return for each table after how many rounds a slowdown of 10 % would show."""
    rounds = np.full(TABLES, ROUNDS)
    left = np.arange(TABLES)
    for many in range(3, ROUNDS):
        done = foreseen(x[left, ..., :many]).max(-1) < SAME
        rounds[left[done]] = many
        left = left[~done]
    return rounds


def cut(x, rounds):
    """Leave out what comes after the last round of each table."""
    return np.where(np.arange(ROUNDS) < rounds[:, None, None, None], x, np.nan)


def judged(a, b):
    """Judge the cells of tables, and their optimizers."""
    pair = relative(a, b)
    rows = together(pair.a, GROUPS), together(pair.b, GROUPS)
    return judge(pair.a, pair.b), judge(*rows)


def alarms(a, b):
    """Return in how many tables anything is worse."""
    cells, optimizers = judged(a, b)
    return np.sum(cells.worse.any(-1) | optimizers.worse.any(-1))


@pytest.mark.parametrize("noise", [0.03, 0.05, 0.10])
def test_rounds_that_suffice_find_ten_percent_and_raise_no_alarm(noise):
    """Half of the noise of a trial, and as much again of what sticks to a process."""
    level = np.random.default_rng(1).standard_normal((TABLES, CELLS, SEEDS, 1))
    a, b = (tables(noise, 0.4, seed=i) + level for i in (2, 3))
    a, b = cut(a, long_enough(a)), cut(b, long_enough(b))
    assert alarms(a, b) <= 5
    assert np.mean(judged(a, b)[0].same) > 0.95
    b[:, 5] += SAME
    assert np.sum(judged(a, b)[0].worse[:, 5]) >= 95


@pytest.mark.parametrize("rounds", [2, 3, 5])
def test_cells_of_unequal_noise_raise_no_alarm(rounds):
    """Where a normal quantile stands for Student's, up to 13 of 100 tables do."""
    alarmed = [
        alarms(*(tables(0.1, 0.5, rounds, 0.7, seed + side) for side in (0, 1)))
        for seed in range(10, 18, 2)
    ]
    assert np.sum(alarmed) <= 0.03 * TABLES * len(alarmed)


def test_a_whole_optimizer_is_found_before_each_of_its_cells_is():
    a, b = (tables(0.05, 0.0, 5, seed=i) for i in (4, 5))
    b[:, GROUPS[2]] += np.log(1.08)
    cells, optimizers = judged(a, b)
    assert np.mean(optimizers.worse[:, 2]) > 0.8 > np.mean(cells.worse[:, GROUPS[2]])
    assert np.mean(optimizers.better) < 0.05


def test_the_error_of_a_row_is_students():
    draw = np.random.default_rng(6).standard_normal
    a, b = draw((3, 4)) * [[0.01], [1.0], [0.1]], draw((3, 6)) * [[0.01], [3.0], [0.1]]
    judgement, referee = judge(a, b), stats.ttest_ind(b[1], a[1])
    assert judgement.delta[1] / judgement.error[1] == pytest.approx(referee.statistic)
    low = referee.confidence_interval(1 - 2 * 0.025 / 3).low
    assert judgement.delta[1] - judgement.margin[1] == pytest.approx(low)
    squares = sum(((x - x.mean(-1, keepdims=True)) ** 2).sum() for x in (a, b))
    pooled = np.sqrt(squares / 24 * (1 / 4 + 1 / 6))
    assert judgement.error[[0, 2]] == pytest.approx(pooled)


def test_what_all_cells_share_is_the_machines():
    a = tables(0.0, 0.0, 3)[0] + np.arange(CELLS)[:, None, None]
    pair = relative(a, a + np.log(1.3))
    assert np.mean(pair.machine_b - pair.machine_a) == pytest.approx(np.log(1.3))
    assert judge(pair.a, pair.b).delta == pytest.approx(0.0)


def test_trials_that_are_missing_leave_the_others_as_they_are():
    a, b = (tables(0.05, 0.0, 4, seed=i)[0] for i in (7, 8))
    whole = judge(*relative(a, b)[:2])
    a[0], b[3, 2, 1] = np.nan, np.nan
    judgement = judge(*relative(a, b)[:2])
    assert np.isnan(judgement.delta[0])
    assert not (judgement.worse | judgement.better | judgement.same)[0]
    assert judgement.delta[1:] == pytest.approx(whole.delta[1:], abs=0.03)


def test_of_single_rounds_nothing_is_known():
    a = tables(0.05, 0.0, 1)[0]
    pair = relative(a, a + 1.0)
    judgement = judge(pair.a, pair.b)
    assert np.isnan(judgement.error).all()
    assert not (judgement.worse | judgement.same).any()
    assert np.isnan(foreseen(a)).all()
