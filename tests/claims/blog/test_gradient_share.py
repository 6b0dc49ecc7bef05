"""Shares are medians over training loops."""

import pytest

from claims.blog import gradient_share


def test_a_share_is_the_median_over_training_loops():
    shares = {
        ("mlp", f"{i}"): {"forward": 0.1, "backward": back}
        for i, back in enumerate((0.2, 0.6, 0.4))
    }
    shares["himmelblau", "sgd"] = {"forward": 9.0, "backward": 9.0}  # has no examples
    loops = {"eager": shares}
    _, alone = gradient_share._median("backward alone", "eager", loops)
    assert alone[:3] == pytest.approx((0.4, 0.2, 0.6))
    _, both = gradient_share._median("forward and backward", "eager", loops)
    assert both.median == pytest.approx(0.5)
