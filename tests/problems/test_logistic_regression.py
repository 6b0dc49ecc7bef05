"""log(1 + eᵗ) and its slope are right to the last places, and so are derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from problems.logistic_regression import softplus_and_sigmoid

pytestmark = pytest.mark.usefixtures("x64")


def exactly(t):
    """Return softplus and its first three derivatives in extended precision."""
    t = t.astype(np.longdouble)
    e = np.exp(-np.abs(t))
    sigmoid, other = np.where(t < 0, e, 1) / (1 + e), np.where(t < 0, 1, e) / (1 + e)
    slope = e / (1 + e) ** 2
    return np.maximum(t, 0) + np.log1p(e), sigmoid, slope, slope * (other - sigmoid)


@jax.jit
@jax.vmap
def answers(t):
    def value(t):
        return softplus_and_sigmoid(t)[0]

    orders = [jax.grad(value), jax.grad(jax.grad(value))]
    third = jax.jvp(orders[1], (t,), (jnp.ones_like(t),))[1]
    return value(t), softplus_and_sigmoid(t)[1], orders[1](t), third, orders[0](t)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_all_orders_are_right_to_a_few_units_in_the_last_place(dtype):
    sizes = [np.geomspace(1e-12, 80, 4001), np.linspace(0.0, 80, 4001)]
    t = np.concatenate([*sizes, *(-s for s in sizes)]).astype(dtype)
    *got, first = (np.asarray(a) for a in answers(t))
    for found, expected, most in zip(got[:3], exactly(t), (5, 5, 8), strict=False):
        assert found.dtype == dtype
        unit = np.spacing(expected.astype(dtype))
        assert np.max(np.abs(found - expected) / unit) <= most
    third = exactly(t)[3]
    assert np.max(np.abs(got[3] - third)) <= 4 * np.finfo(dtype).eps
    np.testing.assert_array_equal(first, got[1])


def test_nothing_overflows_and_zero_is_no_exception():
    found = answers(jnp.array([-1e300, 0.0, 1e300]))
    np.testing.assert_allclose(found[0], [0.0, np.log(2), 1e300], rtol=1e-15)
    np.testing.assert_allclose(found[1], [0.0, 0.5, 1.0], rtol=1e-15)
    np.testing.assert_allclose(found[2], [0.0, 0.25, 0.0], rtol=1e-15)
    np.testing.assert_allclose(found[3], [0.0, 0.0, 0.0], atol=1e-17)
