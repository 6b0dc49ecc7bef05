"""Settings drawn for tuning fill their range and go on at an edge."""

import numpy as np
import pytest

from bench.tune.sample import (
    count_beyond,
    joined,
    ranges_beyond,
    ranges_near,
    sample,
)
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


def test_neighbours_are_equally_far_apart_and_every_place_is_as_likely():
    drawn = [sample(RATE, 10, seed) for seed in range(200)]
    logs = np.log10([[d["learning_rate"] for d in one] for one in drawn])
    np.testing.assert_allclose(np.diff(np.sort(logs)), 0.4, atol=1e-3)
    counts = np.histogram(logs, bins=20, range=(-4, 0))[0]
    assert counts.sum() == 2000
    assert abs(counts - 100).max() < 40  # of 200 seeds half: four standard deviations


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


def test_what_is_near_the_best_ends_at_its_neighbours_or_at_the_range():
    drawn = [{"learning_rate": value} for value in (1e-3, 0.1, 0.5, 0.0)]
    ends = [ranges_near(RATE, drawn, own).get("learning_rate") for own in drawn]
    assert ends == [
        LogUniform(1e-4, 0.1),
        LogUniform(1e-3, 0.5),
        LogUniform(0.1, 1.0),
        None,  # 0 has no neighbours in decades
    ]
