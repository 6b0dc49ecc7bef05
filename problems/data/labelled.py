"""Examples of classes, the examples first, and their division into parts."""

from typing import NamedTuple

import jax
import numpy as np
from numpy.typing import NDArray

from .split import split
from .tree import TreeExamples


class Labelled(NamedTuple):
    """Examples and their classes, on the host.

    Attributes:
        inputs: number[examples, ...].
        targets: int[examples], from 0.
    """

    inputs: NDArray
    targets: NDArray

    def at(self, chosen: NDArray) -> "Labelled":
        """Return some of the examples."""
        return Labelled(self.inputs[chosen], self.targets[chosen])


class Parts(NamedTuple):
    """The examples to train on, to choose settings by, and to report on.

    Attributes:
        train: At least one example.
        validation, held_out: Any number.
    """

    train: Labelled
    validation: Labelled
    held_out: Labelled

    @property
    def classes(self) -> int:
        """Return the number of classes: one more than the largest target."""
        return 1 + max(int(part.targets.max(initial=0)) for part in self)

    def standardised(self) -> "Parts":
        """Return them with mean 0 and deviation 1 over all training numbers."""
        mean, deviation = self.train.inputs.mean(), self.train.inputs.std()
        return Parts(*(Labelled((x - mean) / deviation, y) for x, y in self))


def divided(data: Labelled, held_out: float, validation: float, seed: int) -> Parts:
    """Divide examples at random.

    Args:
        data: All examples.
        held_out: Share of them that is held out, in [0, 1).
        validation: Share of the others on which settings are chosen, in [0, 1).
        seed: Of the division.
    """
    rest, held = split(len(data.targets), held_out, seed)
    return without(data.at(rest), data.at(held), validation, seed)


def without(train: Labelled, held_out: Labelled, share: float, seed: int) -> Parts:
    """Take a share of the training examples out, for validation, at random."""
    kept, chosen = split(len(train.targets), share, seed)
    return Parts(train.at(kept), train.at(chosen), held_out)


def on_device(part: Labelled, dtype: str) -> TreeExamples | None:
    """Place a part on the device; None if it is empty.

    Args:
        part: Some examples.
        dtype: Of the inputs: float32 or float64.
    """
    if not len(part.targets):
        return None
    inputs, targets = part.inputs.astype(dtype), part.targets.astype(np.int32)
    tree = {"inputs": inputs, "targets": targets}
    return TreeExamples(jax.tree.map(jax.device_put, tree))
