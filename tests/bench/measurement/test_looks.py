"""Looks are stated steps; a search between two finds the step, by few evaluations."""

import numpy as np
import pytest

from bench.core.readings import COUNT, READINGS
from bench.measurement.looks import Looks, Search
from bench.measurement.targets import Targets, TargetsReached
from bench.measurement.trace import Trace


@pytest.mark.parametrize(("counted", "a_decade"), [(False, 8), (True, 24)])
def test_looks_are_even_in_the_logarithm(counted, a_decade):
    looks = Looks(counted).between(0, 10**5)
    assert looks[:4] == [1, 2, 3, 4]
    assert looks[-1] == 10**5
    assert sum(look > 10**4 for look in looks) == a_decade
    ratios = np.diff(np.log10(looks[-a_decade:]))
    assert ratios == pytest.approx(1 / a_decade, abs=1e-3)


def test_a_look_is_the_same_however_it_is_found():
    looks = Looks(counted=True)
    found = [step for step in range(3000) if looks.has(step)]
    assert found == looks.between(-1, 2999)
    assert np.flatnonzero(looks.among(np.arange(3000))).tolist() == found
    part = np.arange(70, 900)
    assert part[looks.among(part)].tolist() == [s for s in found if 70 <= s < 900]


def test_with_every_step_there_is_a_look_at_each_of_the_first():
    looks = Looks(counted=True, every_step=True).between(-1, 1110)
    assert looks == [*range(1001), 1101]


@pytest.mark.parametrize("length", [1, 2, 16, 17, 1000, 33_000])
def test_a_search_finds_the_step_by_few_evaluations(length):
    most = 16 * np.ceil(max(1.0, np.log(length) / np.log(16)))
    for first in {1, length // 3 + 1, max(1, length - 1), length}:
        search, evaluations = Search(500, 500 + length), 0
        while steps := search.points():
            without = [step for step in steps if step < 500 + first]
            for step in steps[: len(without) + 1]:
                search.see(step, step not in without)
            evaluations += len(steps)
        assert (search.low, search.high) == (499 + first, 500 + first)
        assert evaluations <= most


def readings(rows):
    """Return int64[rows + 1, kinds]: a gradient a step."""
    counts = np.zeros((rows + 1, COUNT), np.int64)
    counts[:, READINGS.index("gradient")] = np.arange(rows + 1)
    return counts


def test_of_step_losses_the_first_step_that_reaches_each_target_counts():
    losses, targets = (
        np.array([1.0, 0.6, 0.4, 0.3, 0.05]),
        TargetsReached(Targets((0.5, 0.1))),
    )
    targets.see_chunk(10, losses, readings(5), lambda step: (step - 10.0, True))
    found = [(at.loss, at.steps, at.seconds) for at in targets.reached]
    assert found == [(0.5, 12, 2.0), (0.1, 14, 4.0)]
    assert [at.readings["gradient"] for at in targets.reached] == [2, 4]
    assert [at.resolution for at in targets.reached] == [None, None]
    targets.forget_from(14)
    assert targets.left() == [0.1]


def trace_of(chunks):
    """Return the steps recorded of 3,000 steps in chunks of these lengths."""
    trace, step = Trace(Looks(counted=False)), 0
    for rows in chunks:
        clock = (float(step), float(step + rows))
        last = step + rows == 3000
        trace.add(step, clock, np.full(rows, 0.5), readings(rows), ended=last)
        step += rows
    trace.add_evaluation(3000, {"loss": 0.5})
    return [row["step"] for row in trace.rows(None, 1)]


def test_no_row_is_there_because_the_clock_was_read():
    steps = trace_of([3000])
    assert trace_of([1, 100, 1234, 1665]) == trace_of([1500] * 2) == steps
    assert steps[-1] == 3000
    assert steps[:101] == list(range(101))
    assert set(Looks(counted=False).between(0, 3000)) <= set(steps)
