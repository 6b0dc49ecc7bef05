"""Ratios of costs, and where the seconds of Newton's method cross those of others."""

import numpy as np
import pytest

from claims.step import second_order_cost


def test_the_crossing_is_where_the_ratio_is_one():
    sizes = [10, 40, 160]
    crossing = second_order_cost._crossing([k / 50 for k in sizes], sizes)
    assert crossing.seen[:3] == (pytest.approx(50), 40, 160)
    never = second_order_cost._crossing([0.5, 0.5, 0.5], sizes)
    assert np.isnan(never.seen.median)


def test_a_ratio_is_to_the_better_rival_seed_by_seed():
    of = {"momentum": [4.0, 1.0], "Adam": [2.0, 8.0], "Newton": [6.0, 6.0]}
    costs = {label: {"steps": np.array(x)} for label, x in of.items()}
    ratio = second_order_cost._ratio("Newton", "steps", 10, costs)
    assert ratio.seen[1:3] == (3.0, 6.0)
