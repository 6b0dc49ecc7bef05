"""Examples that are any tree of arrays, with the examples on a stated axis."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.tree_util import keystr

from ..errors import ProblemError, short


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class TreeExamples:
    """Examples as a tree of arrays: images, tokens, or a dict of both.

    Attributes:
        tree: Arrays of any dtypes, each with the same number of examples; None for a
            function that is no mean over examples.
        axis: The axis of the examples in every array.
    """

    tree: Any
    axis: int = field(default=0, metadata={"static": True})

    @property
    def count(self) -> int:
        """Return the number of examples."""
        leaves = jax.tree.leaves(self.tree)
        return leaves[0].shape[self.axis] if leaves else 0

    @property
    def structure(self) -> Any:
        """Return the structure of the tree."""
        return jax.tree.structure(self.tree)

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

    def _each(self, of: Callable[[Any], Any]) -> "TreeExamples":
        return TreeExamples(jax.tree.map(of, self.tree), self.axis)


def tree_examples(
    name: str, tree: Any, axis: int, like: TreeExamples | None = None
) -> TreeExamples:
    """Return examples on the device, after a check of their arrays.

    Args:
        name: In messages: `train`, `held_out` or `validation`.
        tree: Arrays of JAX or NumPy; nested lists of numbers are no arrays.
        axis: The axis of the examples in every array.
        like: Examples whose tree must have the same structure.

    Raises:
        ProblemError: An array is none, has no such axis, or has another number of
            examples than the first; or the structures differ.
    """
    leaves, structure = jax.tree_util.tree_flatten_with_path(tree)
    arrays = {f"{name}{keystr(path)}": leaf for path, leaf in leaves}
    if not arrays:
        words = "None states that there are no examples"
        raise ProblemError(f"{name} is {short(tree)}, which holds no array: {words}")
    arranged = [placed(place, leaf) for place, leaf in arrays.items()]
    check_counts(dict(zip(arrays, arranged, strict=True)), axis)
    examples = TreeExamples(jax.tree.unflatten(structure, arranged), axis)
    if like is not None:
        check_like(name, examples, like)
    return examples


def check_examples(name: str, examples: TreeExamples) -> None:
    """Check the arrays of examples, as `tree_examples` does."""
    leaves = jax.tree_util.tree_leaves_with_path(examples.tree)
    arrays = {f"{name}{keystr(path)}": leaf for path, leaf in leaves}
    for place, leaf in arrays.items():
        _array(place, leaf)
    check_counts(arrays, examples.axis)


def check_like(name: str, examples: Any, train: Any) -> None:
    """Check that examples, mapped or not, have the structure of those of training."""
    own, other = examples.structure, train.structure
    if own != other:
        raise ProblemError(
            f"{name} is {_structure(own)}, and train {_structure(other)}: the arrays "
            "must have the same names and places"
        )


def check_counts(arrays: dict[str, Any], axis: int) -> None:
    """Check that all arrays have the same number of examples.

    Args:
        arrays: By their places, as messages name them.
        axis: The axis of the examples.
    """
    first: tuple[str, int] | None = None
    for place, array in arrays.items():
        shape = np.shape(array)
        if not -len(shape) <= axis < len(shape):
            raise ProblemError(
                f"{place} has the shape {shape}: it has no axis {axis} of examples"
            )
        first = first or (place, shape[axis])
        if shape[axis] != first[1]:
            raise ProblemError(
                f"{first[0]} has {first[1]} examples and {place} has {shape[axis]}, "
                f"on axis {axis}"
            )
    if first and not first[1]:
        raise ProblemError(
            f"{first[0]} has no examples: None states that there are none"
        )


def _structure(of: Any) -> str:
    text = str(of).removeprefix("PyTreeDef(").removesuffix(")")
    return text if len(text) <= 60 else f"{text[:57]}..."


def _array(place: str, leaf: Any) -> Any:
    """Return a leaf as an array of numbers, of NumPy if it is not of JAX."""
    if isinstance(leaf, jax.Array):
        return leaf
    array = np.asarray(leaf) if isinstance(leaf, np.ndarray | np.generic) else None
    if array is None or array.dtype.kind not in "biufcV":  # V: bfloat16 and the like
        hint = "make text and labels integers, and lists arrays"
        raise ProblemError(f"{place} is {short(leaf)}, which is no array: {hint}")
    return array


def placed(place: str, leaf: Any) -> jax.Array:
    """Put an array on the device; integers of 64 bits must fit into 32 without x64.

    Args:
        place: Of the array, as messages name it.
        leaf: The array.

    Raises:
        ProblemError: It is no array of numbers, or a number does not fit.
    """
    array = _array(place, leaf)
    if isinstance(array, jax.Array):
        return array
    kept = jax.dtypes.canonicalize_dtype(array.dtype)
    if array.size and kept != array.dtype and array.dtype.kind in "iu":
        for number in (array.min(), array.max()):
            if number != np.asarray(number).astype(kept):
                raise ProblemError(f"{place} holds {number}, which is no {kept}")
    return jax.device_put(array)
