"""Examples that stay in a file and are read from it a block at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.typing import NDArray

from .examples import Examples


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Streamed:
    """Examples first + 0, ..., first + count - 1 of a file mapped into memory.

    A CPU's program reads the mapping as it reads any array. What it has read is a
    copy of the file in the system's own cache, which the system gives up whenever
    memory is wanted: no more than a block has to fit. Rows are turned into columns
    block by block. It stands in for `Examples` wherever those are summed over.

    Attributes:
        rows: Inputs, number[all, features], mapped.
        column: Targets, number[all], mapped where JAX has their type.
        first, count: Which examples of the file these are.
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
        """Yield inputs and targets as `Examples` do: all of them, in memory."""
        return iter(self.whole())

    def whole(self) -> Examples:
        """Return all of them, which then have to fit in memory."""
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
