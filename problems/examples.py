"""Examples with the long axis last, and their split into training and held-out."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

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


def examples(inputs: NDArray, targets: NDArray, dtype: str) -> Examples:
    """Place host arrays on the device, floats in `dtype`, classes as int32.

    Args:
        inputs: float[features, examples].
        targets: float[examples] or int[examples].
        dtype: float32 or float64.
    """
    kind = dtype if np.issubdtype(targets.dtype, np.floating) else "int32"
    return Examples(jnp.asarray(inputs, dtype), jnp.asarray(targets, kind))


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
