"""Settings drawn for tuning fill their range and go on at an edge."""

import numpy as np
import pytest

from bench.tune.sample import count_beyond, joined, ranges_beyond, sample
from optimizers import LogUniform

RATE = {"learning_rate": LogUniform(1e-4, 1.0)}


def test_draws_fall_one_into_each_part_of_a_range():
    drawn = [d["learning_rate"] for d in sample(RATE, 16, seed=1)]
    parts = np.floor(np.log10(np.array(drawn) / 1e-4) / 4 * 16)
    assert sorted(parts) == list(range(16))
    assert drawn != sorted(drawn)


def test_the_same_seed_draws_the_same_and_another_does_not():
    assert sample(RATE, 8, seed=3) == sample(RATE, 8, seed=3)
    assert sample(RATE, 8, seed=3) != sample(RATE, 8, seed=4)


def test_draws_of_one_seed_lie_alike_in_any_range():
    drawn = sample({"learning_rate": LogUniform(1e-2, 1e-1)}, 8, seed=1)
    wider = sample({"learning_rate": LogUniform(1e-4, 1e-2)}, 8, seed=1)
    shares = np.log10([d["learning_rate"] / 1e-2 for d in drawn])
    wide = np.log10([d["learning_rate"] / 1e-4 for d in wider]) / 2
    np.testing.assert_allclose(shares, wide, atol=1e-3)
    assert all(0 <= share <= 1 for share in shares)


def test_two_settings_are_drawn_apart():
    both = {"learning_rate": LogUniform(1e-4, 1.0), "decay": LogUniform(1e-4, 1.0)}
    drawn = sample(both, 50, seed=0)
    logs = np.log([[d["learning_rate"], d["decay"]] for d in drawn])
    assert abs(np.corrcoef(logs.T)[0, 1]) < 0.4


@pytest.mark.parametrize(
    ("winner", "added"),
    [(1e-3, LogUniform(1e-5, 1e-4)), (0.5, LogUniform(1.0, 10.0)), (0.1, None)],
)
def test_a_winner_at_an_edge_takes_the_range_a_decade_on(winner, added):
    drawn = [{"learning_rate": value} for value in (1e-3, 0.1, 0.5)]
    ranges = ranges_beyond(RATE, drawn, {"learning_rate": winner})
    assert ranges == ({} if added is None else {"learning_rate": added})


def test_what_is_added_is_drawn_from_as_densely():
    added = {"learning_rate": LogUniform(1.0, 10.0)}
    assert count_beyond(RATE, added, 20) == 5
    assert joined(RATE, added) == {"learning_rate": LogUniform(1e-4, 10.0)}
    both = {**RATE, "decay": LogUniform(1e-2, 1.0)}
    assert count_beyond(both, both | added, 20) == 5
