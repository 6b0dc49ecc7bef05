"""The least value of a smooth convex function, in float64, by two methods."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .certificate import Certificate, certified


class Smooth(Protocol):
    """A smooth function of a flat vector, on the host in float64."""

    def loss_and_gradient(self, w: NDArray, /) -> tuple[float, NDArray]:
        """Return f and its gradient."""
        ...

    def hessian(self, w: NDArray, /) -> NDArray:
        """Return float64[n, n]."""
        ...


def least_convex(model: Smooth, start: NDArray, l2: float) -> Certificate | None:
    """Certify the least value of a convex function that attains it.

    Args:
        model: The function.
        start: The start point, for the largest eigenvalue there, float64[n].
        l2: Its strong convexity, that of its penalty, >= 0.
    """
    zero = np.zeros_like(start)
    solutions = {
        "damped newton": damped_newton(model, zero),
        "trust region": trust_region(model, zero),
    }
    best = solutions["damped newton"]
    return certified(
        solutions,
        model.loss_and_gradient,
        convexity=l2,
        eigenvalue_start=largest_eigenvalue(model.hessian(start)),
        eigenvalue_optimum=largest_eigenvalue(model.hessian(best)),
    )


def damped_newton(model: Smooth, start: NDArray, steps: int = 100) -> NDArray:
    """Solve by w - t (grad² f)⁻¹ grad f, t halved until f falls enough.

    It ends when the decrease that Newton's model predicts is below f's rounding. One
    last step, undamped, then reduces the gradient further.

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
    except np.linalg.LinAlgError:  # without a penalty the Hessian may be singular
        return np.linalg.lstsq(matrix, right, rcond=None)[0]


def trust_region(model: Smooth, start: NDArray) -> NDArray:
    """Solve by SciPy's `trust-exact`, which also accepts singular Hessians."""
    from scipy.optimize import minimize

    return minimize(
        model.loss_and_gradient,
        start,
        jac=True,
        hess=model.hessian,
        method="trust-exact",
        options={"gtol": 1e-9, "maxiter": 1000},
    ).x


def largest_eigenvalue(hessian: NDArray) -> float:
    """Return the largest eigenvalue of a symmetric matrix."""
    return float(np.linalg.eigvalsh(hessian)[-1])
