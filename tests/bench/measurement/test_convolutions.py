"""Convolutions are lowered in one order of axes, and are what SciPy says."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.signal
from jax import lax

from bench.measurement import convolutions

LAST = "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]"
RNG = np.random.default_rng(0)
X = RNG.normal(size=(5, 6, 7, 2)).astype(np.float32)
WINDOWS = RNG.normal(size=(3, 3, 2, 4)).astype(np.float32)


@pytest.fixture(autouse=True)
def installed():
    convolutions.install()


def convolve(x, windows, numbers=("NHWC", "HWIO", "NHWC")):
    return lax.conv_general_dilated(
        x, windows, (1, 1), "VALID", dimension_numbers=numbers
    )


def of_scipy(x, windows):
    """Return each channel's sum of correlations."""
    return np.array(
        [
            sum(
                scipy.signal.correlate(image[..., i], windows[..., i, o], "valid")
                for i in range(x.shape[-1])
            )
            for image in x
            for o in range(windows.shape[-1])
        ]
    ).reshape(len(x), windows.shape[-1], 4, 5)


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="is done on CPUs alone")
def test_gradients_in_a_loop_have_the_fast_order():
    def loss(x, windows):
        return (convolve(x, windows) ** 2).sum()

    def step(_, pair):
        return jax.grad(loss, (0, 1))(*pair)

    text = jax.jit(lambda *pair: lax.fori_loop(0, 3, step, pair)).lower(X, WINDOWS)
    found = re.findall(r"dim_numbers = ([^,]*,.*?->\[.*?\])", text.as_text())
    assert len(found) == 3
    assert set(found) == {LAST}


@pytest.mark.parametrize(
    "numbers", [("NCHW", "OIHW", "NCHW"), ("HWNC", "IHWO", "CNHW")]
)
def test_a_convolution_in_another_order_is_the_one_of_scipy(numbers):
    def to(form, values, order):
        return jnp.transpose(values, [form.index(axis) for axis in order])

    x, windows = to("NHWC", X, numbers[0]), to("HWIO", WINDOWS, numbers[1])
    found = to(
        numbers[2], jax.jit(convolve, static_argnums=2)(x, windows, numbers), "NCHW"
    )
    np.testing.assert_allclose(found, of_scipy(X, WINDOWS), rtol=1e-4, atol=1e-4)


def test_gradients_of_strides_and_groups_are_those_of_differences():
    def loss(windows):
        y = lax.conv_general_dilated(
            X[:2], windows, (2, 1), "SAME", feature_group_count=2,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
        )  # fmt: skip
        return (y**2).sum()

    windows = WINDOWS[:, :, :1]
    direction = np.ones_like(windows)
    slope = float(jnp.vdot(jax.jit(jax.grad(loss))(windows), direction))
    difference = loss(windows + 0.5 * direction) - loss(windows - 0.5 * direction)
    assert slope == pytest.approx(float(difference), rel=1e-3)  # of a square: exact
