"""The arrays of one instance of a BBOB function."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
from numpy.typing import NDArray

Data = Mapping[str, jax.Array]


class Instance(NamedTuple):
    """What the formula of an instance reads, and where it is least.

    Attributes:
        data: Arrays by name, float64.
        minimiser: x*, float64[n].
    """

    data: Mapping[str, NDArray]
    minimiser: NDArray


class Function(NamedTuple):
    """A BBOB function.

    Attributes:
        number: 1 to 24, as in the paper.
        formula: (x, data) -> float[], 0 at the minimiser.
        draw: (seed, n) -> the instance.
        convex: Whether it is convex.
    """

    number: int
    formula: Callable[[jax.Array, Data], jax.Array]
    draw: Callable[[int, int], Instance]
    convex: bool = False
