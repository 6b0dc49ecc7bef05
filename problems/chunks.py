"""Data on the host as float64, some examples at a time."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

_EXAMPLES = 16_384
_NUMBERS = 2**22
"""Of a chunk at most: what is made in float64 stays small beside the data."""


def chunks(inputs: NDArray, targets: NDArray) -> Iterator[tuple[NDArray, NDArray]]:
    """Yield (inputs, targets) in float64 until all examples were there.

    Args:
        inputs: number[features, examples].
        targets: number[examples].
    """
    step = max(1, min(_EXAMPLES, _NUMBERS // max(1, len(inputs))))
    for start in range(0, len(targets), step):
        at = slice(start, start + step)
        yield (
            np.asarray(inputs[:, at], np.float64),
            np.asarray(targets[at], np.float64),
        )
