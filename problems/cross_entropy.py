"""The least cross-entropy of a linear classifier, in float64, by two methods."""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .certificate import Certificate, certified


class Convex(Protocol):
    """A smooth convex function of a flat vector, on the host in float64."""

    def loss_and_gradient(self, w: NDArray) -> tuple[float, NDArray]:
        """Return f and its gradient."""
        ...

    def hessian(self, w: NDArray) -> NDArray:
        """Return float64[n, n]."""
        ...


class Logistic(NamedTuple):
    """f(w) = (1/m) Σ_i log(1 + exp(-y_i x_iᵀw)) + (l2/2) ||w||².

    Attributes:
        inputs: X, float64[features, examples].
        labels: ±1, float64[examples].
        l2: Penalty, >= 0.
    """

    inputs: NDArray
    labels: NDArray
    l2: float

    def loss_and_gradient(self, w: NDArray) -> tuple[float, NDArray]:
        """Return f and its gradient."""
        margins = self.labels * (w @ self.inputs)
        slopes = -self.labels * np.exp(-np.logaddexp(0, margins)) / margins.size
        loss = np.logaddexp(0, -margins).mean() + self.l2 / 2 * w @ w
        return float(loss), self.inputs @ slopes + self.l2 * w

    def hessian(self, w: NDArray) -> NDArray:
        """Return X D Xᵀ / m + l2 I."""
        scores = w @ self.inputs
        weights = np.exp(-np.logaddexp(0, scores) - np.logaddexp(0, -scores))
        curved = (self.inputs * weights) @ self.inputs.T / scores.size
        return curved + self.l2 * np.eye(w.size)


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


def least_cross_entropy(model: Convex, start: NDArray, l2: float) -> Certificate | None:
    """Certify the least value of a regularised (l2 > 0) or attained cross-entropy.

    Args:
        model: The function.
        start: Where the largest eigenvalue at the start is taken, float64[n].
        l2: Its penalty, which is its strong convexity.
    """
    zero = np.zeros_like(start)
    solutions = {
        "damped newton": damped_newton(model, zero),
        "trust region": _trust_region(model, zero),
    }
    best = solutions["damped newton"]
    return certified(
        solutions,
        model.loss_and_gradient,
        convexity=l2,
        eigenvalue_start=_largest(model.hessian(start)),
        eigenvalue_optimum=_largest(model.hessian(best)),
    )


def damped_newton(model: Convex, start: NDArray, steps: int = 100) -> NDArray:
    """Solve by w - t (grad² f)⁻¹ grad f, t halved until f falls enough.

    It ends when the decrease that Newton's model promises is lost in f's rounding;
    one last step, undamped, then polishes the gradient.

    References:
        Boyd and Vandenberghe, "Convex Optimization", 2004, section 9.5.
    """
    w = start
    for _ in range(steps):
        loss, gradient = model.loss_and_gradient(w)
        step = -_solve(model.hessian(w), gradient)
        slope = gradient @ step
        if -slope < 1e-15 * max(1.0, abs(loss)):
            return w + step
        t = 1.0
        while model.loss_and_gradient(w + t * step)[0] > loss + 0.25 * t * slope:
            t /= 2
            if t < 1e-10:
                return w
        w = w + t * step
    return w


def _solve(matrix: NDArray, right: NDArray) -> NDArray:
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:  # without a penalty a column may be redundant
        return np.linalg.lstsq(matrix, right, rcond=None)[0]


def _trust_region(model: Convex, start: NDArray) -> NDArray:
    from scipy.optimize import minimize

    return minimize(
        model.loss_and_gradient,
        start,
        jac=True,
        hess=model.hessian,
        method="trust-exact",
        options={"gtol": 1e-9, "maxiter": 1000},
    ).x


def _largest(hessian: NDArray) -> float:
    return float(np.linalg.eigvalsh(hessian)[-1])
