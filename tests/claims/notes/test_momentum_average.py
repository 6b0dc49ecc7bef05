"""Both forms of momentum, step by step."""

import jax.numpy as jnp
import numpy as np
import pytest

from claims.notes import momentum_average
from optimizers import momentum


def test_losses_are_compared_where_they_differ_most():
    assert momentum_average._apart(np.array([1.0, 3.0]), np.array([1.0, 2.0])) == 0.5


def test_a_ball_with_another_rate_is_told_apart():
    forms = momentum(2.0, 0.5, "average"), momentum(0.5 * 2.0, 0.5)
    other = momentum(2.0, 0.5)
    one = jnp.ones(())
    updates = [form.update(one, form.init(one), one)[0] for form in (*forms, other)]
    assert updates == pytest.approx([-1.0, -1.0, -2.0])
