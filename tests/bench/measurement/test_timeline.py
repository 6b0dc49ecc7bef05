"""The readings of a trial at each of its steps, which take little memory."""

import tracemalloc

import numpy as np
import pytest

from bench.core.readings import COUNT
from bench.measurement.timeline import Timeline

RNG = np.random.default_rng(0)


def chunk(before, added):
    """Return readings before each step and after the last, from what steps add."""
    return before + np.vstack([np.zeros((1, COUNT), int), np.cumsum(added, axis=0)])


@pytest.mark.parametrize("most", [1, 2, 4], ids=["none", "ones", "searches"])
def test_readings_are_those_of_every_step_since_the_stated_one(most):
    timeline, spent, whole = Timeline(), np.zeros(COUNT, int), []
    for length in (1, 5, 0, 7, 40):
        added = RNG.integers(most, size=(length, COUNT))
        added[:, 0] = 3  # equally many in each step
        readings = chunk(spent, added)
        timeline.add(len(whole), readings, float(len(whole)), needed_from=6)
        whole += [*readings[:-1]]
        spent = readings[-1]
    for step, expected in enumerate([*whole, spent]):
        if step >= 6:
            np.testing.assert_array_equal(timeline.readings_at(step), expected)


def test_what_is_returned_is_the_callers_own():
    timeline = Timeline()
    timeline.add(0, chunk(np.zeros(COUNT, int), np.eye(4, COUNT, dtype=int)), 1.0, 0)
    timeline.readings_at(2)[:] = 99
    assert timeline.readings_at(2).tolist()[:3] == [1, 1, 0]


def test_steps_that_add_the_same_take_no_room():
    timeline, steps = Timeline(), 10_000
    added = np.zeros((steps, COUNT), int)
    added[:, :2] = 1
    tracemalloc.start()
    for number in range(100):
        readings = chunk(np.full(COUNT, number * steps), added)
        timeline.add(number * steps, readings, float(number), needed_from=0)
        del readings
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < added.nbytes + 1e6  # one chunk, of a hundred
