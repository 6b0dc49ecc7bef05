"""The nearest matrix of low rank, in float64, by two methods."""

import numpy as np
from numpy.typing import NDArray

from .certificate import Certificate, certified


def nearest_of_rank(matrix: NDArray, rank: int) -> Certificate | None:
    """Certify min ½ ||A - L R||², L float64[n, rank]: half the sum of σ_k², k > rank.

    One method takes the singular vectors of A, the other the eigenvectors of AAᵀ.

    Args:
        matrix: A, float64[n, m].
        rank: At least 1.

    References:
        Eckart and Young, "The approximation of one matrix by another of lower rank",
        1936.
    """
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    vectors = np.linalg.eigh(matrix @ matrix.T)[1][:, ::-1][:, :rank]
    factors = {
        "singular values": (left[:, :rank] * values[:rank], right[:rank]),
        "eigenvalues": (vectors, vectors.T @ matrix),
    }
    cut = min(rank, *matrix.shape) * len(matrix)

    def loss_and_gradient(flat: NDArray) -> tuple[float, NDArray]:
        left, right = flat[:cut].reshape(len(matrix), -1), flat[cut:]
        right = right.reshape(-1, matrix.shape[1])
        rest = left @ right - matrix
        gradient = np.r_[(rest @ right.T).ravel(), (left.T @ rest).ravel()]
        return float(np.sum(rest**2) / 2), gradient

    return certified(
        {name: np.r_[a.ravel(), b.ravel()] for name, (a, b) in factors.items()},
        loss_and_gradient,
        convexity=0.0,
        eigenvalue_start=None,
        eigenvalue_optimum=None,
    )
