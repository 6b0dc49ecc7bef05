"""Least squares in float64 by two methods: a linear model, a matrix of low rank."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ..data.examples import float64_blocks
from .certificate import Certificate, certified


def least_squares(inputs: NDArray, targets: NDArray, l2: float) -> Certificate | None:
    """Certify min_w (1/m) ||Xᵀw - y||² + (l2/2) ||w||².

    One solver factors the data themselves, block by block (QR, then a singular value
    decomposition of the small triangle), the other their Gram matrix (an eigenvalue
    decomposition, then refinement). They share only the data.

    Args:
        inputs: X, float[features, examples].
        targets: y, float[examples].
        l2: Penalty, >= 0.

    References:
        Demmel et al., "Communication-optimal parallel and sequential QR and LU
        factorizations", 2012 (the QR of blocks).
    """
    model = _LeastSquares(inputs, targets, l2)
    solutions = {"qr": model.by_triangle(), "normal equations": model.by_gram()}
    values = np.linalg.eigvalsh(model.hessian)
    return certified(
        solutions,
        model.loss_and_gradient,
        convexity=float(values[0]) if values[0] > 1e-12 * values[-1] else 0.0,
        eigenvalue_start=float(values[-1]),
        eigenvalue_optimum=float(values[-1]),
    )


class _LeastSquares:
    """The mean square, with stored results of passes over the data."""

    def __init__(self, inputs: NDArray, targets: NDArray, l2: float):
        self.inputs, self.targets, self.l2 = inputs, targets, l2
        self.features, self.count = inputs.shape
        self.gram = sum(x @ x.T for x, _ in self.blocks())
        self.hessian = 2 / self.count * self.gram + l2 * np.eye(self.features)

    def blocks(self) -> Iterator[tuple[NDArray, NDArray]]:
        """Yield (inputs, targets) in float64."""
        return float64_blocks(self.inputs, self.targets)

    def loss_and_gradient(self, w: NDArray) -> tuple[float, NDArray]:
        """Return f(w) and its gradient."""
        square, gradient = 0.0, np.zeros(self.features)
        for x, y in self.blocks():
            residual = w @ x - y
            square += residual @ residual
            gradient += 2 * x @ residual
        penalty = self.l2 / 2 * w @ w
        return square / self.count + penalty, gradient / self.count + self.l2 * w

    def by_triangle(self) -> NDArray:
        """Solve by R of [Xᵀ y], with the penalty as rows √(m l2/2) I with target 0."""
        weight = np.sqrt(self.count * self.l2 / 2)
        triangle = np.c_[weight * np.eye(self.features), np.zeros(self.features)]
        for x, y in self.blocks():
            rows = np.vstack([triangle, np.c_[x.T, y]])
            triangle = np.asarray(np.linalg.qr(rows, mode="r"))
        return np.linalg.lstsq(triangle[:, :-1], triangle[:, -1], rcond=None)[0]

    def by_gram(self) -> NDArray:
        """Solve H w = -∇f(0) by eigenvalues of H above its rounding; refine twice."""
        values, vectors = np.linalg.eigh(self.hessian)
        kept = values > values[-1] * self.features * np.finfo(np.float64).eps
        inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
        w = np.zeros(self.features)
        for _ in range(3):
            w = w - inverse @ self.loss_and_gradient(w)[1]
        return w


def nearest_of_rank(matrix: NDArray, rank: int) -> Certificate | None:
    """Certify min ½ ||A - L R||², L float64[n, rank]: half the sum of σ_k², k > rank.

    One method uses the singular vectors of A, the other the eigenvectors of AAᵀ.

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
