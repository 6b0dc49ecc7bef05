"""Seconds of an example, by size."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from claims.notes import minibatch


def test_seconds_are_an_examples_in_the_order_of_seeds():
    columns = ["problem_label", "batch.size", "seed", "seconds", "examples"]
    ones = [("a", 1, 1, 6.0, 2), ("a", 1, 0, 3.0, 3)]
    tens = [("a", 10, 0, 4.0, 40), ("a", 10, 1, 2.0, 40)]
    run = SimpleNamespace(trials=pd.DataFrame(ones + tens, columns=columns))
    seconds = minibatch._seconds(run)
    np.testing.assert_array_equal(seconds["a"][1], [1.0, 3.0])
    np.testing.assert_array_equal(seconds["a"][10], [0.1, 0.05])


@pytest.mark.parametrize(
    ("times", "met"), [(9, (True, True)), (20, (False, True)), (1.5, (False, False))]
)
def test_a_hundred_examples_decide(times, met):
    each = {size: np.ones(10) / times for size in minibatch.SIZES} | {1: np.ones(10)}
    checks = [c for c in minibatch._faster("x", each) if c.form != "beside"]
    assert [check.form for check in checks] == ["as it stands", "repaired"]
    assert tuple(check.met for check in checks) == met
