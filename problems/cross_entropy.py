"""The cross-entropies of linear classifiers, in float64 on the host."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .chunks import chunks


class Logistic(NamedTuple):
    """f(w) = (1/m) Σ_i log(1 + exp(-y_i x_iᵀw)) + (l2/2) ||w||².

    Attributes:
        inputs: X, float[features, examples].
        labels: ±1, number[examples].
        l2: Penalty, >= 0.
    """

    inputs: NDArray
    labels: NDArray
    l2: float

    def loss_and_gradient(self, w: NDArray) -> tuple[float, NDArray]:
        """Return f and its gradient."""
        total, gradient = 0.0, np.zeros_like(w)
        for x, y in chunks(self.inputs, self.labels):
            margins = y * (w @ x)
            slopes = -y * np.exp(-np.logaddexp(0, margins)) / self.labels.size
            total += np.logaddexp(0, -margins).sum()
            gradient += x @ slopes
        loss = total / self.labels.size + self.l2 / 2 * w @ w
        return float(loss), gradient + self.l2 * w

    def hessian(self, w: NDArray) -> NDArray:
        """Return X D Xᵀ / m + l2 I."""
        curved = np.zeros((w.size, w.size))
        for x, _ in chunks(self.inputs, self.labels):
            scores = w @ x
            weights = np.exp(-np.logaddexp(0, scores) - np.logaddexp(0, -scores))
            curved += (x * weights) @ x.T
        return curved / self.labels.size + self.l2 * np.eye(w.size)


class Softmax(NamedTuple):
    """f(W) = (1/m) Σ_i (log Σ_c exp(w_cᵀx_i) - w_yᵀx_i) + (l2/2) ||W||².

    Attributes:
        inputs: X, float64[features, examples].
        classes: int[examples], from 0.
        l2: Penalty, >= 0.
        count: How many classes there are.
    """

    inputs: NDArray
    classes: NDArray
    l2: float
    count: int

    def loss_and_gradient(self, w: NDArray) -> tuple[float, NDArray]:
        """Return f and its gradient, W being flattened row by row."""
        scores = w.reshape(self.count, -1) @ self.inputs
        logs = scores - np.logaddexp.reduce(scores, axis=0)
        at = (self.classes, np.arange(self.classes.size))
        slopes = np.exp(logs)
        slopes[at] -= 1
        gradient = slopes @ self.inputs.T / self.classes.size
        loss = -logs[at].mean() + self.l2 / 2 * w @ w
        return float(loss), gradient.ravel() + self.l2 * w

    def hessian(self, w: NDArray) -> NDArray:
        """Return the blocks X diag(p_a (δ_ab - p_b)) Xᵀ / m, plus l2 I."""
        scores = w.reshape(self.count, -1) @ self.inputs
        p = np.exp(scores - np.logaddexp.reduce(scores, axis=0))
        size, m = len(self.inputs), self.classes.size
        outer = (p[:, None] * self.inputs).reshape(w.size, m)
        curved = outer @ -outer.T
        for a, weights in enumerate(p):
            own = slice(a * size, (a + 1) * size)
            curved[own, own] += (self.inputs * weights) @ self.inputs.T
        return curved / m + self.l2 * np.eye(w.size)
