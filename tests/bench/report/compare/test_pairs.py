"""Seconds are compared where they came about in the same way."""

import numpy as np
import pytest

from bench.core.readings import COUNT
from bench.core.records import TrialRecord
from bench.core.spec import Named, Spec
from bench.report.compare.pairs import TracedTrial, same_timed_work, same_work

SPEC = Spec(Named("bowl"), Named("adam"))


def trial(measured, end="budget", step_seconds=1.0):
    """Return a trial with a row for each step, which was measured there or not."""
    steps = np.arange(len(measured), dtype=float)
    record = TrialRecord(SPEC, end, target_loss=0.5)
    counts = np.zeros((len(steps), COUNT))
    return TracedTrial(
        record, steps, step_seconds * steps, steps, counts, np.array(measured)
    )


@pytest.mark.parametrize(
    ("a", "b", "step"),
    [
        ([1, 0, 0, 1], [1, 0, 0, 0, 0, 1], 2),  # 3 is measured in one of them
        ([1, 0, 0, 1], [1, 0, 0, 1, 0, 1], 3),
        ([1, 0, 0, 0], [1, 0, 0, 0, 0, 1], 3),
        ([1, 1], [1, 0], 0),  # where no second has passed
    ],
)
def test_measured_seconds_are_not_compared_with_interpolated_ones(a, b, step):
    side = [trial(np.array(x) > 0) for x in (a, b)]
    assert [work.step for work in same_timed_work(side)] == [step, step]
    assert same_work(side)[0].step == min(len(a), len(b)) - 1  # calls and losses are


def test_at_a_target_that_only_one_has_measured_there_is_nothing_to_compare():
    one, other = trial([True, True], "target"), trial([True, False], "target")
    assert same_timed_work([one, one])[0].step == 1
    assert same_timed_work([one, other]) is None
    assert same_timed_work([one]) is not None
