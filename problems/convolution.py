"""Convolutions and pooling with the examples last."""

import itertools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jax import lax

from .layers import Layer

Pads = Sequence[tuple[int, int]]


def same(window: int) -> tuple[int, int]:
    """Return the zeros before and behind an axis that keep its length."""
    return (window - 1) // 2, window // 2


def convolve(x: jax.Array, layer: Layer, pads: Pads, stride: int = 1) -> jax.Array:
    """Return y_o(p, n) = b_o + Σ_{i, q} w_o(q, i) x_i(stride p + q, n).

    On a CPU the windows are laid out as columns, so that the sum and its gradients are
    matrix products, several times faster there than XLA's own convolutions.

    Args:
        x: float[channels, *space, examples].
        layer: Weight float[out, *window, channels] and bias float[out].
        pads: Zeros before and behind each axis of space.
        stride: Points from one window to the next, on each axis.

    Returns:
        float[out, *space, examples].
    """
    weight, bias = layer
    apply = _as_product if jax.default_backend() == "cpu" else _as_convolution
    y = apply(x, weight, pads, stride)
    return y + bias.reshape(-1, *(1,) * (x.ndim - 1))


def _as_product(x: jax.Array, weight: jax.Array, pads: Pads, stride: int) -> jax.Array:
    columns = windows(x, weight.shape[1:-1], pads, stride)
    flat = weight.reshape(len(weight), -1)
    y = flat @ columns.reshape(flat.shape[1], -1)
    return y.reshape(-1, *columns.shape[1:])


def windows(
    x: jax.Array, window: Sequence[int], pads: Pads, stride: int = 1
) -> jax.Array:
    """Return what each window sees, float[offsets * channels, *space, examples]."""
    padded = jnp.pad(x, ((0, 0), *pads, (0, 0)))
    lengths = padded.shape[1:-1]
    ends = [n - k + 1 for n, k in zip(lengths, window, strict=True)]
    seen = [
        padded[:, *(slice(q, q + n, stride) for q, n in zip(offset, ends, strict=True))]
        for offset in itertools.product(*map(range, window))
    ]
    return jnp.concatenate(seen)


_AXES = "XYZ"


def _as_convolution(
    x: jax.Array, weight: jax.Array, pads: Pads, stride: int
) -> jax.Array:
    space = _AXES[: x.ndim - 2]
    return lax.conv_general_dilated(
        x,
        weight,
        (stride,) * len(space),
        pads,
        dimension_numbers=(f"C{space}N", f"O{space}I", f"C{space}N"),
    )


def max_pool(x: jax.Array) -> jax.Array:
    """Return the largest of each 2 x 2 points, of fewer at the end of an odd axis.

    Args:
        x: float[channels, height, width, examples].
    """
    channels, height, width, examples = x.shape
    ends = ((0, 0), (0, height % 2), (0, width % 2), (0, 0))
    x = jnp.pad(x, ends, constant_values=-jnp.inf)
    # XLA's own windows, and the larger of slices, have slower gradients on a CPU.
    return x.reshape(channels, -(-height // 2), 2, -1, 2, examples).max((2, 4))
