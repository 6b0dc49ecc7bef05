"""The least Huber loss of a linear model, in float64, by two methods."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .certificate import Certificate, certified
from .convex import largest_eigenvalue, trust_region

_MOST_FITS = 1000
_SAME = 1e-9  # a relative step after which the loss is the same in every digit


class Huber(NamedTuple):
    """f(w) = (1/m) Σ_i h(x_iᵀw - y_i) + (l2/2) ||w||², h as in `HuberRegression`.

    Attributes:
        inputs: X, float64[features, examples].
        targets: y, float64[examples].
        delta: δ, where h turns from a square into a line, > 0.
        l2: Penalty, >= 0.
    """

    inputs: NDArray
    targets: NDArray
    delta: float
    l2: float

    def loss_and_gradient(self, w: NDArray) -> tuple[float, NDArray]:
        """Return f and its gradient."""
        residuals = w @ self.inputs - self.targets
        slopes = np.clip(residuals, -self.delta, self.delta)
        loss = np.mean(slopes * (residuals - slopes / 2)) + self.l2 / 2 * w @ w
        return float(loss), self.inputs @ slopes / slopes.size + self.l2 * w

    def hessian(self, w: NDArray) -> NDArray:
        """Return X D Xᵀ / m + l2 I, D = 1 where h is a square, else 0."""
        square = np.abs(w @ self.inputs - self.targets) <= self.delta
        return self._weighed(square.astype(float))

    def reweighted(self) -> NDArray:
        """Solve by least squares again and again, with weights min(1, δ/|residual|).

        References:
            Holland and Welsch, "Robust regression using iteratively reweighted
            least-squares", 1977.
        """
        w = np.zeros(len(self.inputs))
        for _ in range(_MOST_FITS):
            residuals = w @ self.inputs - self.targets
            weights = self.delta / np.maximum(np.abs(residuals), self.delta)
            right = self.inputs @ (weights * self.targets) / self.targets.size
            after = np.linalg.lstsq(self._weighed(weights), right, rcond=None)[0]
            step, w = np.linalg.norm(after - w), after
            if step <= _SAME * np.linalg.norm(w):
                break
        return w

    def _weighed(self, weights: NDArray) -> NDArray:
        gram = (self.inputs * weights) @ self.inputs.T / weights.size
        return gram + self.l2 * np.eye(len(gram))


def least_huber(model: Huber, start: NDArray) -> Certificate | None:
    """Certify the least value.

    Args:
        model: The function.
        start: Where the largest eigenvalue at the start is taken, float64[features].
    """
    solutions = {
        "reweighted least squares": model.reweighted(),
        "trust region": trust_region(model, np.zeros_like(start)),
    }
    best = solutions["trust region"]
    return certified(
        solutions,
        model.loss_and_gradient,
        convexity=model.l2,
        eigenvalue_start=largest_eigenvalue(model.hessian(start)),
        eigenvalue_optimum=largest_eigenvalue(model.hessian(best)),
    )
