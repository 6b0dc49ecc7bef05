"""Shares are medians over training loops."""

import pandas as pd
import pytest

from claims.blog import gradient_share


def test_a_share_is_the_median_over_training_loops():
    tables = [
        pd.DataFrame(
            {"share": [0.1, back], "eager_share": [0.2, 0.5]}, ["forward", "backward"]
        )
        for back in (0.2, 0.6, 0.4)
    ]
    _, alone = gradient_share._median("backward alone", "compiled", tables)
    assert alone[:3] == pytest.approx((0.4, 0.2, 0.6))
    _, both = gradient_share._median("forward and backward", "eager", tables)
    assert both.median == pytest.approx(0.7)
