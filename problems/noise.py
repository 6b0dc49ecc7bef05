"""Noise examples without a mean."""

import numpy as np
from numpy.typing import NDArray

from .synthetic import gaussian


def pairs(rng: np.random.Generator, deviations: NDArray, count: int) -> NDArray:
    """Draw ξ and -ξ, ξ ~ N(0, diag σ²): their mean is 0 and each variance σ² exactly.

    Args:
        rng: Where the randomness comes from.
        deviations: σ, float64[n].
        count: Examples, an even number.

    Returns:
        float64[n, count], the second half the negative of the first.
    """
    draws = gaussian(rng, deviations.size, count // 2)
    size = np.sqrt(np.mean(np.square(draws), axis=1))
    half = (deviations / size)[:, None] * draws
    return np.hstack([half, -half])
