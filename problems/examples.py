"""Examples with the long axis last, and their split into training and held-out."""

import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

ALIGNMENT = 64  # bytes

# (inputs, targets) for training and for held-out, on the host
Halves = tuple[tuple[NDArray, NDArray], tuple[NDArray, NDArray]]


class Examples(NamedTuple):
    """Inputs and targets, one example a column.

    The long axis is last because products over it are then several times faster.

    Attributes:
        inputs: float[features, examples].
        targets: float[examples], or int[examples] for classes.
    """

    inputs: jax.Array
    targets: jax.Array

    @property
    def count(self) -> int:
        """Return the number of examples."""
        return self.inputs.shape[-1]

    @property
    def features(self) -> int:
        """Return the number of features."""
        return self.inputs.shape[0]

    def whole(self) -> "Examples":
        """Return all of them, inside a program."""
        return self

    def block(self, start: jax.Array | int, size: int) -> "Examples":
        """Return `size` examples that follow each other, inside a program."""
        return jax.tree.map(
            lambda x: lax.dynamic_slice_in_dim(x, start, size, axis=-1), self
        )

    def take(self, chosen: jax.Array) -> "Examples":
        """Return the examples at places int[k], inside a program."""
        return jax.tree.map(lambda x: jnp.take(x, chosen, axis=-1), self)

    def on_host(self) -> tuple[NDArray, NDArray]:
        """Return inputs and targets as NumPy arrays, without a copy on a CPU."""
        return np.asarray(self.inputs), np.asarray(self.targets)


def examples(inputs: NDArray, targets: NDArray, dtype: str) -> Examples:
    """Place host arrays on the device, floats in `dtype`, classes as int32.

    Args:
        inputs: float[features, examples]; not to be written to afterwards.
        targets: float[examples] or int[examples]; as `inputs`.
        dtype: float32 or float64.
    """
    kind = dtype if np.issubdtype(targets.dtype, np.floating) else "int32"
    return Examples(placed(inputs, dtype), placed(targets, kind))


def placed(array: NDArray, dtype: str) -> jax.Array:
    """Place a host array on the device; a CPU takes it over where it can.

    It can where the numbers have the type already and begin as in `aligned`.
    """
    return jax.device_put(np.asarray(array, dtype, order="C"), may_alias=True)


def aligned(shape: tuple[int, ...], dtype: str) -> NDArray:
    """Return an array to be filled, which `placed` takes over without a copy.

    NumPy begins arrays at a multiple of 16 bytes, and XLA copies what does not begin
    at a multiple of 64.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(dtype).reshape(shape)


def place(halves: Halves, dtype: str) -> tuple[Examples, Examples | None]:
    """Place both halves; a held-out half of no examples is None."""
    train, held = (examples(inputs, targets, dtype) for inputs, targets in halves)
    return train, held if held.count else None


def no_examples(dtype: str) -> Examples:
    """Return zero examples, for a function that is not a mean over any."""
    return Examples(jnp.zeros((0, 0), dtype), jnp.zeros((0,), dtype))


def split(count: int, fraction: float, seed: int) -> tuple[NDArray, NDArray]:
    """Draw which examples train and which are held out.

    Args:
        count: Examples in all.
        fraction: Share that is held out, in [0, 1).
        seed: Of the draw.

    Returns:
        int[train] and int[held_out], disjoint, both in ascending order. At least
        one example trains.
    """
    held = sizes(count, fraction)[1]
    order = np.random.default_rng([seed, 1]).permutation(count)
    return np.sort(order[held:]), np.sort(order[:held])


def sizes(count: int, fraction: float) -> tuple[int, int]:
    """Return how many of `count` examples train and how many are held out."""
    held = min(round(count * fraction), count - 1)
    return count - held, held
