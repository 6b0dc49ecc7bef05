"""The parts of a data set: for training, held out, and for the choice of settings."""

from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from .examples import Examples, aligned, examples

T = TypeVar("T")
U = TypeVar("U")


class Split(NamedTuple, Generic[T]):
    """Something of each part of a data set.

    In a file, and in the order of draws, the training examples come first and the
    held-out ones last: these are the same with and without validation examples.

    Attributes:
        train: Of the examples over which the loss is minimised.
        held_out: Of those that no optimizer sees and results are reported on.
        validation: Of those that no optimizer sees and settings are chosen on.
    """

    train: T
    held_out: T
    validation: T

    def map(self, of: Callable[[T], U]) -> "Split[U]":
        """Return a function's value for each part."""
        return Split(*map(of, self))


Block = tuple[NDArray, NDArray]
"""Inputs float[features, some] and targets float[some], on the host."""


def split(
    count: int, held_out: float, validation: float = 0.0, *, seed: int | None
) -> Split[NDArray]:
    """Return which examples are of which part.

    Args:
        count: Examples in all.
        held_out: Share of held-out examples, in [0, 1).
        validation: Share of validation examples, which are taken from the others.
        seed: Seed of a random split. None keeps the order: the first examples train,
            the last are held out, and those for validation are between them.

    Returns:
        int[some] for each part, disjoint, in ascending order. At least one is a
        training example.
    """
    parts = sizes(count, held_out, validation)
    order = np.arange(count)[::-1]
    if seed is not None:
        order = np.random.default_rng([seed, 1]).permutation(count)
    held, chosen_on, train = np.split(order, np.cumsum(parts[1:]))
    return Split(train, held, chosen_on).map(np.sort)


def sizes(count: int, held_out: float, validation: float = 0.0) -> Split[int]:
    """Return the numbers of examples; see `split`.

    A share that is not 0 is of at least one example, if there are enough.
    """
    held = min(_of(count, held_out), count - 1)
    chosen_on = min(_of(count, validation), count - 1 - held)
    return Split(count - held - chosen_on, held, chosen_on)


def _of(count: int, share: float) -> int:
    return max(round(count * share), 1 if share else 0)


def place(
    parts: Split[Block], dtype: str
) -> tuple[Examples, Examples | None, Examples | None]:
    """Place the parts on the device; one without examples is None."""
    train, *others = (examples(inputs, targets, dtype) for inputs, targets in parts)
    held_out, validation = (part if part.count else None for part in others)
    return train, held_out, validation


def fill(
    blocks: Iterable[Block], features: int, counts: Split[int], dtype: str
) -> Split[Block]:
    """Copy blocks into the parts: the first examples train, the last are held out.

    Only the parts and one block are in memory at a time.

    Args:
        blocks: Blocks with as many examples in total as `counts`.
        features: The number of features.
        counts: The numbers of examples.
        dtype: Of the parts: float32 or float64.
    """
    parts = counts.map(lambda n: (aligned((features, n), dtype), aligned((n,), dtype)))
    in_order = (parts.train, parts.validation, parts.held_out)
    first = 0
    for block in blocks:
        begins = first
        for part in in_order:
            _copy(block, part, begins)
            begins -= len(part[1])
        first += len(block[1])
    return parts


def _copy(block: Block, part: Block, first: int) -> None:
    """Copy what belongs to a part, in which the block begins at `first`.

    Args:
        block: The block.
        part: The part.
        first: Negative where the part begins inside the block or after it.
    """
    for values, whole in zip(block, part, strict=True):
        room = whole[..., max(first, 0) :]
        fitting = values[..., max(-first, 0) :][..., : room.shape[-1]]
        room[..., : fitting.shape[-1]] = fitting
