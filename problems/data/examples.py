"""Examples with the long axis last, in memory or in a memory-mapped file."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

ALIGNMENT = 64  # bytes
_BLOCK_EXAMPLES = 16_384
_BLOCK_NUMBERS = 2**22
"""Most bytes of a block in float64, so that it is small compared with the data."""


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


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class MappedExamples:
    """Examples first + 0, ..., first + count - 1 of a file mapped into memory.

    A CPU's program reads the mapping like any array. The data that it has read are in
    the system's page cache, which the system frees when memory is needed: only a block
    has to fit into memory. Rows are transposed block by block. It can replace
    `Examples` in every sum over examples.

    Attributes:
        rows: Inputs, number[all, features], mapped.
        column: Targets, number[all], mapped where JAX has their dtype.
        first, count: The first example in the file, and the number of examples.
        dtype: Of the blocks.
    """

    rows: jax.Array
    column: jax.Array
    first: int = field(metadata={"static": True})
    count: int = field(metadata={"static": True})
    dtype: str = field(metadata={"static": True})

    @property
    def features(self) -> int:
        """Return the number of features."""
        return self.rows.shape[1]

    @property
    def inputs(self) -> jax.Array:
        """Return float[features, examples]: all of them, in memory."""
        return self.whole().inputs

    @property
    def targets(self) -> jax.Array:
        """Return float[examples]: all of them, in memory."""
        return self.whole().targets

    def __iter__(self) -> Iterator[jax.Array]:
        """Yield all inputs and targets, in memory, as `Examples` does."""
        return iter(self.whole())

    def whole(self) -> Examples:
        """Return all examples, which then have to fit into memory."""
        return self.block(0, self.count)

    def block(self, start: jax.Array | int, size: int) -> Examples:
        """Return `size` examples that follow each other, inside a program."""
        at = self.first + start
        return self._turned(
            lax.dynamic_slice_in_dim(self.rows, at, size),
            lax.dynamic_slice_in_dim(self.column, at, size),
        )

    def take(self, chosen: jax.Array) -> Examples:
        """Return the examples at places int[k], inside a program."""
        at = self.first + chosen
        return self._turned(jnp.take(self.rows, at, 0), jnp.take(self.column, at))

    def on_host(self) -> tuple[NDArray, NDArray]:
        """Return inputs[features, examples] and targets as views of the mapping."""
        at = slice(self.first, self.first + self.count)
        return np.asarray(self.rows)[at].T, np.asarray(self.column)[at]

    def _turned(self, rows: jax.Array, column: jax.Array) -> Examples:
        return Examples(rows.T.astype(self.dtype), column.astype(self.dtype))


def examples(inputs: NDArray, targets: NDArray, dtype: str) -> Examples:
    """Place host arrays on the device, floats in `dtype`, classes as int32.

    Args:
        inputs: float[features, examples]; must not be written to afterwards.
        targets: float[examples] or int[examples]; as `inputs`.
        dtype: float32 or float64.
    """
    kind = dtype if np.issubdtype(targets.dtype, np.floating) else "int32"
    return Examples(placed(inputs, dtype), placed(targets, kind))


def placed(array: NDArray, dtype: str) -> jax.Array:
    """Place a host array on the device; a CPU shares its memory where it can.

    It can if the numbers already have the dtype and are aligned as in `aligned`.
    """
    return jax.device_put(np.asarray(array, dtype, order="C"), may_alias=True)


def aligned(shape: tuple[int, ...], dtype: str) -> NDArray:
    """Return an empty array that `placed` shares without a copy.

    NumPy aligns arrays to 16 bytes, and XLA copies arrays that are not aligned to 64.
    """
    size = math.prod(shape) * np.dtype(dtype).itemsize
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size].view(dtype).reshape(shape)


def no_examples(dtype: str) -> Examples:
    """Return zero examples, for a function that is not a mean over any."""
    return Examples(jnp.zeros((0, 0), dtype), jnp.zeros((0,), dtype))


def float64_blocks(
    inputs: NDArray, targets: NDArray
) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield (inputs, targets) of all examples in float64, a block at a time.

    Args:
        inputs: number[features, examples].
        targets: number[examples].
    """
    step = max(1, min(_BLOCK_EXAMPLES, _BLOCK_NUMBERS // max(1, len(inputs))))
    for start in range(0, len(targets), step):
        at = slice(start, start + step)
        yield (
            np.asarray(inputs[:, at], np.float64),
            np.asarray(targets[at], np.float64),
        )
