"""A tree of arrays cut into training, held-out and validation examples."""

from typing import Any

import jax
from numpy.typing import NDArray

from .split import split
from .tree import TreeExamples

Parts = tuple[TreeExamples, TreeExamples | None, TreeExamples | None]
"""The training, the held-out and the validation examples."""


def parts(
    tree: Any, held_out: float, validation: float, seed: int | None = None
) -> Parts:
    """Cut examples into parts as in `split`, and place them on the device.

    Args:
        tree: Host arrays with the examples on their first axis.
        held_out, validation, seed: As in `split`.

    Returns:
        The parts; None for one without examples, of which the first never is.
    """
    count = len(jax.tree.leaves(tree)[0])

    def part(chosen: NDArray) -> TreeExamples | None:
        placed = jax.tree.map(lambda x: jax.device_put(x[chosen]), tree)
        return TreeExamples(placed) if chosen.size else None

    cut = split(count, held_out, validation, seed=seed).map(part)
    return tuple(cut)  # pyright: ignore[reportReturnType]
