"""A tree of arrays cut into training, held-out and validation examples."""

from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from .tree import TreeExamples

Parts = tuple[TreeExamples, TreeExamples | None, TreeExamples | None]
"""The training, the held-out and the validation examples."""


def parts(
    tree: Any, held_out: float, validation: float, seed: int | None = None
) -> Parts:
    """Cut examples into parts as in `places`, and place them on the device.

    Args:
        tree: Host arrays with the examples on their first axis.
        held_out, validation, seed: As in `places`.

    Returns:
        The parts; None for one without examples, of which the first never is.
    """
    count = len(jax.tree.leaves(tree)[0])

    def part(chosen: NDArray) -> TreeExamples | None:
        placed = jax.tree.map(lambda x: jax.device_put(x[chosen]), tree)
        return TreeExamples(placed) if chosen.size else None

    return tuple(map(part, places(count, held_out, validation, seed)))  # pyright: ignore


def places(
    count: int, held_out: float, validation: float = 0.0, seed: int | None = None
) -> tuple[NDArray, NDArray, NDArray]:
    """Return which examples train, are held out, and are for validation.

    Args:
        count: Examples in all.
        held_out: Share of held-out examples, in [0, 1).
        validation: Share of validation examples, which are taken from the others.
        seed: Seed of a random split. None keeps the order: the first examples train,
            the last are held out, and those for validation are between them.

    Returns:
        int[some] each, disjoint, in ascending order. At least one example trains.
    """
    held = min(round(count * held_out), count - 1)
    chosen_on = min(round(count * validation), count - 1 - held)
    order = np.arange(count)
    if seed is not None:
        order = np.random.default_rng([seed, 1]).permutation(count)[::-1]
    cuts = (count - held - chosen_on, count - held)
    train, between, last = map(np.sort, np.split(order, cuts))
    return train, last, between
