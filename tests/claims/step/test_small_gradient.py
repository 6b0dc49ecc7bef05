"""What is left where the gradient is small."""

from math import isnan

import numpy as np
import pandas as pd
import pytest

from claims.step import small_gradient


def test_what_is_left_is_the_most_at_a_small_gradient():
    trace = {"gradient_norm": [1.0, 200, 2, 1], "above": [8.0, 4, 2, 0.5]}
    assert small_gradient.left(pd.DataFrame(trace)) == pytest.approx(1.0)
    trace["gradient_norm"][0] = 3.0  # above 1 % of 200
    assert small_gradient.left(pd.DataFrame(trace)) == pytest.approx(2 / 8)
    assert isnan(small_gradient.left(pd.DataFrame(trace)[:2]))


def test_on_a_quadratic_the_suboptimality_is_bounded_by_the_gradient():
    """1/λmax <= 2 (f - f*) / ‖g‖² <= 1/λmin, which are 1 and 100 here."""
    traces = small_gradient._traces(*small_gradient.STRONGLY_CONVEX["quadratic"])
    ratios = np.concatenate([2 * t.above / t.gradient_norm**2 for t in traces])
    assert ratios.min() >= 1
    assert ratios.max() <= 100


def test_newton_may_stop_without_a_gradient_far_above_the_minima():
    """Of 10 runs on Himmelblau's function, some end at a saddle or maximum."""
    traces = small_gradient._traces(*small_gradient.OTHERS["Himmelblau, Newton"])
    ends = pd.DataFrame([trace.iloc[-1] for trace in traces])
    stuck = (ends.gradient_norm <= 1e-8) & (ends.above > 1)
    assert stuck.any()
