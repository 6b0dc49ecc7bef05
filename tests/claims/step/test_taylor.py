"""Orders of the remainders of Taylor's models."""

import numpy as np

from claims.step.taylor import taylor


def test_orders_of_remainders_are_whole():
    orders = [check.seen.median for check in taylor.run().checks]
    np.testing.assert_allclose(orders, [2, 3, 2, 1], rtol=0.03)
