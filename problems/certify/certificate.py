"""The certificate of a problem's least loss."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Certificate(NamedTuple):
    """A least training loss f*, in float64, of exactly the data a problem holds.

    Attributes:
        loss: f*, the lowest loss that a solver reached.
        gradient_norm: ||g||₂ at the point that reached it.
        gap_bound: ||g||²/2μ >= f(x) - f*, μ the strong convexity; None if μ = 0 or not
            known.
        solvers: The loss that each solver reached, by the solver's name.
        largest_eigenvalue_start: Of the Hessian at the start point of seed 0.
        largest_eigenvalue_optimum: Of the Hessian at the point that reached `loss`.
    """

    loss: float
    gradient_norm: float
    gap_bound: float | None
    solvers: Mapping[str, float]
    largest_eigenvalue_start: float | None = None
    largest_eigenvalue_optimum: float | None = None


def agree(solvers: Mapping[str, float]) -> bool:
    """Return whether all losses agree to 1e-10 relative, or to 10 u near zero.

    u = 2⁻⁵³ is float64's unit roundoff; a relative difference of losses below it is
    noise.
    """
    losses = np.array(list(solvers.values()))
    least = abs(losses.min())
    slack = max(1e-10 * least, 10 * 2.0**-53 * max(1.0, least))
    return bool(np.isfinite(losses).all() and np.ptp(losses) <= slack)


def certified(
    solutions: Mapping[str, NDArray],
    loss_and_gradient: Callable[[NDArray], tuple[float, NDArray]],
    *,
    convexity: float,
    eigenvalue_start: float | None,
    eigenvalue_optimum: float | None,
) -> Certificate | None:
    """Compare independent solutions, and keep the lowest if they agree.

    Args:
        solutions: Params that each solver ended at, float64, by the solver's name.
        loss_and_gradient: f and its gradient, in float64.
        convexity: μ with grad² f ⪰ μ I everywhere, >= 0.
        eigenvalue_start: Largest of the Hessian at the start.
        eigenvalue_optimum: Largest of the Hessian at the optimum.

    Returns:
        A certificate, or None if the solvers do not agree.
    """
    ends = {name: loss_and_gradient(x) for name, x in solutions.items()}
    losses = {name: float(loss) for name, (loss, _) in ends.items()}
    if not agree(losses):
        return None
    loss, gradient = min(ends.values(), key=lambda end: end[0])
    norm = float(np.linalg.norm(gradient))
    bound = norm**2 / (2 * convexity) if convexity > 0 else None
    return Certificate(
        float(loss), norm, bound, losses, eigenvalue_start, eigenvalue_optimum
    )
