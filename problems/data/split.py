"""The training and the held-out half of a data set."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from .examples import Examples, aligned, examples

# (inputs, targets) for training and for held-out, on the host
Halves = tuple[tuple[NDArray, NDArray], tuple[NDArray, NDArray]]

Block = tuple[NDArray, NDArray]
"""Inputs float[features, some] and targets float[some]."""


def split(count: int, fraction: float, seed: int) -> tuple[NDArray, NDArray]:
    """Draw which examples train and which are held out.

    Args:
        count: Examples in all.
        fraction: Share of held-out examples, in [0, 1).
        seed: Seed of the random split.

    Returns:
        int[train] and int[held_out], disjoint, both in ascending order. At least one is
        a training example.
    """
    held = sizes(count, fraction)[1]
    order = np.random.default_rng([seed, 1]).permutation(count)
    return np.sort(order[held:]), np.sort(order[:held])


def sizes(count: int, fraction: float) -> tuple[int, int]:
    """Return the numbers of training and held-out examples."""
    held = min(round(count * fraction), count - 1)
    return count - held, held


def place(halves: Halves, dtype: str) -> tuple[Examples, Examples | None]:
    """Place both halves on the device; an empty held-out half is None."""
    train, held = (examples(inputs, targets, dtype) for inputs, targets in halves)
    return train, held if held.count else None


def fill(
    blocks: Iterable[Block], features: int, counts: tuple[int, int], dtype: str
) -> Halves:
    """Copy blocks into the two halves in order, training examples first.

    Only the halves and one block are in memory at a time.

    Args:
        blocks: Blocks with as many examples in total as `counts`.
        features: The number of features.
        counts: The numbers of training and held-out examples.
        dtype: Of the halves: float32 or float64.
    """
    train, held = (
        (aligned((features, count), dtype), aligned((count,), dtype))
        for count in counts
    )
    first = 0
    for block in blocks:
        cut = counts[0] - first
        _copy(block, train, first)
        _copy(tuple(part[..., max(cut, 0) :] for part in block), held, max(-cut, 0))
        first += len(block[1])
    return train, held


def _copy(block: tuple[NDArray, ...], half: Block, first: int) -> None:
    """Copy as much of a block as fits."""
    for part, whole in zip(block, half, strict=True):
        room = whole[..., first : first + part.shape[-1]]
        room[...] = part[..., : room.shape[-1]]
