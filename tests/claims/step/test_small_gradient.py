"""Rank correlations along runs."""

import numpy as np
import pandas as pd
import pytest

from claims.step import small_gradient


def test_the_correlation_is_of_ranks():
    rise = pd.DataFrame({"gradient_norm": [1.0, 2, 3, 4], "above": [1.0, 8, 9, 1e6]})
    assert small_gradient.correlation(rise) == pytest.approx(1)
    turned = rise.assign(above=[1.0, 8, 9, 2])
    # 1 - 6 Σ d² / (n (n² - 1)), ranks 1, 3, 4, 2
    assert small_gradient.correlation(turned) == pytest.approx(1 - 6 * 6 / 60)


def test_on_a_quadratic_the_suboptimality_is_bounded_by_the_gradient():
    """1/λmax <= 2 (f - f*) / ‖g‖² <= 1/λmin, which are 1 and 100 here."""
    traces = small_gradient._traces(*small_gradient.CONVEX["quadratic"])
    ratios = np.concatenate([2 * t.above / t.gradient_norm**2 for t in traces])
    assert ratios.min() >= 1
    assert ratios.max() <= 100


def test_newton_may_stop_without_a_gradient_far_above_the_minima():
    """Of 10 runs on Himmelblau's function, some end at a saddle or maximum."""
    traces = small_gradient._traces(*small_gradient.OTHERS["Himmelblau, Newton"])
    ends = pd.DataFrame([trace.iloc[-1] for trace in traces])
    stuck = (ends.gradient_norm <= 1e-8) & (ends.above > 1)
    assert stuck.any()
