"""Random inputs with a condition number that is exact."""

from collections.abc import Iterator
from copy import deepcopy

import numpy as np
from numpy.typing import NDArray

_NUMBERS = 2**20
"""Of a block: no more than that is ever in memory in float64."""
_KERNEL = 64
"""A block has a multiple of this: BLAS then rounds as it does in one piece."""


def gaussian(rng: np.random.Generator, features: int, count: int) -> NDArray:
    """Draw x ~ N(0, I), float64[features, count]."""
    return rng.standard_normal((count, features)).T


def in_blocks(rng: np.random.Generator, features: int, count: int) -> Iterator[NDArray]:
    """Draw as `gaussian` does, the same numbers, some examples at a time."""
    step = max(_KERNEL, _NUMBERS // max(1, features) // _KERNEL * _KERNEL)
    for start in range(0, count, step):
        yield gaussian(rng, features, min(step, count - start))


def conditioned(
    rng: np.random.Generator, features: int, train: int, held: int, condition: float
) -> tuple[Iterator[NDArray], NDArray]:
    """Draw inputs whose XXᵀ/m has exactly the eigenvalues 1, ..., 1/condition.

    X = Q √Λ L⁻¹ G with G ~ N(0, I), GGᵀ/m = LLᵀ over the training examples, Λ
    spaced evenly in logarithms, and Q a random rotation. Fewer training examples
    than features leave XXᵀ/m singular: then L = I, and the eigenvalues are those of
    the covariance that the examples are drawn from.

    Args:
        rng: Where the randomness comes from.
        features: Rows of X.
        train: Training examples.
        held: Held-out examples, drawn from the same distribution.
        condition: Largest eigenvalue over least, >= 1.

    Returns:
        float64[features, some] until all train + held examples were there, and the
        matrix A that makes them as A g, float64[features, features].
    """
    again = deepcopy(rng)  # to draw them twice is cheaper than to keep them
    gram = _gram(rng, features, train, held)
    mixing = rotation(rng, features) * np.sqrt(spectrum(features, condition))
    if train >= features:
        mixing = mixing @ np.linalg.inv(np.linalg.cholesky(gram / train))
    draws = in_blocks(again, features, train + held)
    return (mixing @ block for block in draws), mixing


def _gram(rng: np.random.Generator, features: int, train: int, held: int) -> NDArray:
    """Draw all examples, and return GGᵀ of the training ones."""
    gram, left = np.zeros((features, features)), train
    for block in in_blocks(rng, features, train + held):
        seen = block[:, :left]
        gram += seen @ seen.T
        left -= seen.shape[1]
    return gram


def spectrum(count: int, condition: float) -> NDArray:
    """Return 1, ..., 1/condition, evenly spaced in logarithms."""
    return np.logspace(0.0, -np.log10(condition), count)


def rotation(rng: np.random.Generator, size: int) -> NDArray:
    """Draw a rotation (or reflection) uniformly, float64[size, size]."""
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return q * np.sign(np.diag(r))
