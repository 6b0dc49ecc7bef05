"""Fill the arrays of both halves with blocks of examples as they come."""

from collections.abc import Iterable

from numpy.typing import NDArray

from .examples import Halves, aligned

Block = tuple[NDArray, NDArray]
"""Inputs float[features, some] and targets float[some]."""


def filled(
    blocks: Iterable[Block], features: int, counts: tuple[int, int], dtype: str
) -> Halves:
    """Return the halves that a row of blocks makes, training examples first.

    Nothing but the halves and a block is ever in memory.

    Args:
        blocks: As many examples as `counts` in all.
        features: Of each.
        counts: How many train and how many are held out.
        dtype: Of the halves: float32 or float64.
    """
    train, held = (
        (aligned((features, count), dtype), aligned((count,), dtype))
        for count in counts
    )
    first = 0
    for block in blocks:
        cut = counts[0] - first
        _put(block, train, first)
        _put(tuple(part[..., max(cut, 0) :] for part in block), held, max(-cut, 0))
        first += len(block[1])
    return train, held


def _put(block: tuple[NDArray, ...], half: Block, first: int) -> None:
    """Put as much of a block as there is room for."""
    for part, whole in zip(block, half, strict=True):
        room = whole[..., first : first + part.shape[-1]]
        room[...] = part[..., : room.shape[-1]]
