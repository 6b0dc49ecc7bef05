"""Examples that are any tree of arrays, with the examples on a stated axis."""

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class TreeExamples:
    """Examples as a tree of arrays: images, tokens, or a dict of both.

    Attributes:
        tree: Arrays of any dtypes, each with the same number of examples.
        axis: The axis of the examples in every array.
    """

    tree: Any
    axis: int = field(default=0, metadata={"static": True})

    @property
    def count(self) -> int:
        """Return the number of examples."""
        return jax.tree.leaves(self.tree)[0].shape[self.axis]

    def take(self, chosen: jax.Array) -> "TreeExamples":
        """Return the examples at places int[k], inside a program."""
        return self._each(lambda x: jnp.take(x, chosen, axis=self.axis))

    def block(self, start: jax.Array | int, size: int) -> "TreeExamples":
        """Return `size` examples that follow each other, inside a program."""
        return self._each(
            lambda x: lax.dynamic_slice_in_dim(x, start, size, axis=self.axis)
        )

    def whole(self) -> "TreeExamples":
        """Return all of them, inside a program."""
        return self

    def _each(self, of: Any) -> "TreeExamples":
        return TreeExamples(jax.tree.map(of, self.tree), self.axis)
