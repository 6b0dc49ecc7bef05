"""Losses of linear models in float64 on the host, and their least values."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.examples import float64_blocks
from .certificate import Certificate, certified
from .convex import largest_eigenvalue, trust_region

_MOST_FITS = 1000
_SAME = 1e-9  # a relative step that no longer changes any digit of the loss


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
        for x, y in float64_blocks(self.inputs, self.labels):
            margins = y * (w @ x)
            slopes = -y * np.exp(-np.logaddexp(0, margins)) / self.labels.size
            total += np.logaddexp(0, -margins).sum()
            gradient += x @ slopes
        loss = total / self.labels.size + self.l2 / 2 * w @ w
        return float(loss), gradient + self.l2 * w

    def hessian(self, w: NDArray) -> NDArray:
        """Return X D Xᵀ / m + l2 I."""
        curved = np.zeros((w.size, w.size))
        for x, _ in float64_blocks(self.inputs, self.labels):
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
        count: The number of classes.
    """

    inputs: NDArray
    classes: NDArray
    l2: float
    count: int

    def loss_and_gradient(self, w: NDArray) -> tuple[float, NDArray]:
        """Return f and its gradient, with W flattened row by row."""
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

    def hvp(self, w: NDArray, v: NDArray) -> NDArray:
        """Return (p ∘ z - p (pᵀz)) Xᵀ / m + l2 v, z = V X."""
        scores = w.reshape(self.count, -1) @ self.inputs
        p = np.exp(scores - scores.max(0))
        p /= p.sum(0)
        z = v.reshape(self.count, -1) @ self.inputs
        curved = (p * (z - (p * z).sum(0))) @ self.inputs.T
        return curved.ravel() / self.classes.size + self.l2 * v


class Poisson(NamedTuple):
    """f(w) = (1/m) Σ_i (μ_i - y_i + y_i log(y_i/μ_i)) + (l2/2) ||w||².

    μ_i = exp(x_iᵀw).

    Attributes:
        inputs: X, float64[features, examples].
        counts: y, float64[examples], >= 0.
        l2: Penalty, >= 0.
    """

    inputs: NDArray
    counts: NDArray
    l2: float

    def loss_and_gradient(self, w: NDArray) -> tuple[float, NDArray]:
        """Return f and its gradient."""
        y, scores = self.counts, w @ self.inputs
        with np.errstate(over="ignore"):  # of a long trial step
            means = np.exp(scores)
        logs = np.log(np.where(y > 0, y, 1.0))
        loss = np.mean(means - y + y * (logs - scores)) + self.l2 / 2 * w @ w
        gradient = self.inputs @ (means - y) / y.size + self.l2 * w
        return float(loss), gradient

    def hessian(self, w: NDArray) -> NDArray:
        """Return X diag(μ) Xᵀ / m + l2 I."""
        means = np.exp(w @ self.inputs)
        curved = (self.inputs * means) @ self.inputs.T / self.counts.size
        return curved + self.l2 * np.eye(w.size)


class Huber(NamedTuple):
    """f(w) = (1/m) Σ_i h(x_iᵀw - y_i) + (l2/2) ||w||², h as in `HuberRegression`.

    Attributes:
        inputs: X, float64[features, examples].
        targets: y, float64[examples].
        delta: δ, the |residual| at which h changes from quadratic to linear, > 0.
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
        """Return X D Xᵀ / m + l2 I, D = 1 where h is quadratic, else 0."""
        square = np.abs(w @ self.inputs - self.targets) <= self.delta
        return self._weighted(square.astype(float))

    def reweighted(self) -> NDArray:
        """Solve by repeated least squares with weights min(1, δ/|residual|).

        References:
            Holland and Welsch, "Robust regression using iteratively reweighted
            least-squares", 1977.
        """
        w = np.zeros(len(self.inputs))
        for _ in range(_MOST_FITS):
            residuals = w @ self.inputs - self.targets
            weights = self.delta / np.maximum(np.abs(residuals), self.delta)
            right = self.inputs @ (weights * self.targets) / self.targets.size
            after = np.linalg.lstsq(self._weighted(weights), right, rcond=None)[0]
            step, w = np.linalg.norm(after - w), after
            if step <= _SAME * np.linalg.norm(w):
                break
        return w

    def _weighted(self, weights: NDArray) -> NDArray:
        gram = (self.inputs * weights) @ self.inputs.T / weights.size
        return gram + self.l2 * np.eye(len(gram))


def least_huber(model: Huber, start: NDArray) -> Certificate | None:
    """Certify the least value.

    Args:
        model: The function.
        start: The start point, for the largest eigenvalue there, float64[features].
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


def separable(inputs: NDArray, labels: NDArray) -> bool:
    """Return whether some w has y_i x_iᵀw >= 0 for all i, not all zero.

    Then the unpenalised logistic loss has an infimum that no w reaches. A linear
    program decides: the largest Σ_i y_i x_iᵀw under these signs and |w_j| <= 1.

    Args:
        inputs: float[features, examples].
        labels: ±1, number[examples].

    References:
        Albert and Anderson, "On the existence of maximum likelihood estimates in
        logistic regression models", 1984.
    """
    from scipy.optimize import linprog

    margins = (labels * np.asarray(inputs, np.float64)).T
    solution = linprog(
        -margins.mean(0), A_ub=-margins, b_ub=np.zeros(len(margins)), bounds=(-1, 1)
    )
    return bool(-solution.fun > 1e-9)
