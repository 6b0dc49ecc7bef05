"""The least value of a smooth strongly convex function of many variables."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .certificate import Certificate, certified

_SMALL = 1e-8
"""Of a gradient, relative to that at 0, where the solvers end.

The loss is then above the least by at most ||g||²/2μ, which is far below the loss.
"""


class Products(Protocol):
    """A smooth function of a flat vector, on the host in float64."""

    def loss_and_gradient(self, w: NDArray, /) -> tuple[float, NDArray]:
        """Return f and its gradient."""
        ...

    def hvp(self, w: NDArray, v: NDArray, /) -> NDArray:
        """Return (grad² f) v, float64[n]."""
        ...


def least_by_products(
    model: Products, start: NDArray, convexity: float
) -> Certificate | None:
    """Certify the least value without a matrix of n² numbers.

    Args:
        model: The function.
        start: The start point, for the largest eigenvalue there, float64[n].
        convexity: Its strong convexity, > 0.
    """
    zero = np.zeros_like(start)
    solutions = {
        "conjugate gradients": newton_cg(model, zero),
        "quasi-newton": quasi_newton(model, zero),
    }
    best = solutions["conjugate gradients"]
    return certified(
        solutions,
        model.loss_and_gradient,
        convexity=convexity,
        eigenvalue_start=largest_eigenvalue(model, start),
        eigenvalue_optimum=largest_eigenvalue(model, best),
    )


def newton_cg(model: Products, start: NDArray, steps: int = 100) -> NDArray:
    """Solve by w + t v, grad² f v = -grad f by conjugate gradients, t halved.

    References:
        Nocedal and Wright, "Numerical Optimization", 2006, section 7.1.
    """
    w = start
    loss, gradient = model.loss_and_gradient(w)
    first = size = np.linalg.norm(gradient)
    for _ in range(steps):
        if size <= _SMALL * first:
            break
        v = _solved(model, w, -gradient, min(0.1, float(np.sqrt(size / first))))
        t, slope = 1.0, float(gradient @ v)
        # Near the optimum f changes by less than its rounding, but the gradient falls.
        while (
            (there := model.loss_and_gradient(w + t * v))[0] > loss + 1e-4 * t * slope
        ) and np.linalg.norm(there[1]) >= size:
            t /= 2
            if t < 1e-10:
                return w
        w, (loss, gradient) = w + t * v, there
        size = np.linalg.norm(gradient)
    return w


def _solved(model: Products, w: NDArray, right: NDArray, share: float) -> NDArray:
    """Return v with ||grad² f v - right|| <= share ||right||."""
    v, rest = np.zeros_like(right), right.copy()
    direction, square = rest.copy(), float(rest @ rest)
    least = share**2 * square
    for _ in range(10 * right.size):
        if square <= least:
            break
        curved = model.hvp(w, direction)
        length = square / float(direction @ curved)
        v, rest = v + length * direction, rest - length * curved
        square, before = float(rest @ rest), square
        direction = rest + square / before * direction
    return v


def quasi_newton(model: Products, start: NDArray) -> NDArray:
    """Solve by SciPy's L-BFGS-B, started again where its line search gives up."""
    from scipy.optimize import minimize

    w = start
    least = _SMALL * np.abs(model.loss_and_gradient(start)[1]).max()
    for _ in range(3):
        w = minimize(
            model.loss_and_gradient,
            w,
            jac=True,
            method="L-BFGS-B",
            options={"gtol": least, "ftol": 0.0, "maxiter": 5000, "maxcor": 30},
        ).x
    return w


def largest_eigenvalue(model: Products, w: NDArray) -> float:
    """Return the largest eigenvalue of the Hessian at w, by Lanczos's method."""
    from scipy.sparse.linalg import LinearOperator, eigsh

    hessian = LinearOperator((w.size, w.size), lambda v: model.hvp(w, v))
    first = np.random.default_rng(0).standard_normal(w.size)
    return float(eigsh(hessian, k=1, v0=first, return_eigenvectors=False)[0])
