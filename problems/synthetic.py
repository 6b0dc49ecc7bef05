"""Random inputs with a condition number that is exact."""

import numpy as np
from numpy.typing import NDArray


def gaussian(rng: np.random.Generator, features: int, count: int) -> NDArray:
    """Draw x ~ N(0, I), float64[features, count]."""
    return rng.standard_normal((count, features)).T


def conditioned(
    rng: np.random.Generator, features: int, train: int, held: int, condition: float
) -> tuple[NDArray, NDArray, NDArray]:
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
        float64[features, train] and float64[features, held], and the matrix A that
        made both as A g, float64[features, features].
    """
    draws = gaussian(rng, features, train + held)
    mixing = rotation(rng, features) * np.sqrt(spectrum(features, condition))
    if train >= features:
        seen = draws[:, :train]
        mixing = mixing @ np.linalg.inv(np.linalg.cholesky(seen @ seen.T / train))
    inputs = mixing @ draws
    return inputs[:, :train], inputs[:, train:], mixing


def spectrum(count: int, condition: float) -> NDArray:
    """Return 1, ..., 1/condition, evenly spaced in logarithms."""
    return np.logspace(0.0, -np.log10(condition), count)


def rotation(rng: np.random.Generator, size: int) -> NDArray:
    """Draw a rotation (or reflection) uniformly, float64[size, size]."""
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return q * np.sign(np.diag(r))
