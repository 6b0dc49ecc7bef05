"""Ratios of costs."""

import numpy as np

from claims.step import second_order_cost


def test_a_ratio_is_to_the_better_rival_seed_by_seed():
    of = {"momentum": [4.0, 1.0], "Adam": [2.0, 8.0], "Newton": [6.0, 6.0]}
    costs = {label: {"steps": np.array(x)} for label, x in of.items()}
    ratio = second_order_cost._ratio("Newton", "steps", 10, costs)
    assert ratio.seen[1:3] == (3.0, 6.0)
