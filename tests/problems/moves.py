"""Moves that look at no gradient."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

RELATIVE = 1e-2
"""Share of the start's suboptimality to reach where no config states a target."""
RELATIVE_IN_A_PLANE = 1e-4
"""The same of functions of two variables: there a thousand random looks find more."""
POINTS = 64
SIZES = (1e-3, 1e-2, 1e-1, 1.0)


def moves(start: ArrayLike) -> dict[str, list[NDArray]]:
    """Return the points that each kind of move visits, float[POINTS, n] each."""
    x, rng = np.asarray(start), np.random.default_rng(0)
    shares = np.linspace(0.0, 1.0, POINTS)[:, None]
    lengths = np.r_[0.0, np.geomspace(1e-2, 10.0, POINTS // 2 - 1)]
    along = np.r_[-lengths, lengths][:, None]
    draws = rng.standard_normal((POINTS, x.size))
    return {
        "shrinking": [shares * x],
        "constant": [x + along * np.ones(x.size)],
        "one random direction": [x + along * draws[0]],
        "random walk": [x + size * np.cumsum(draws, axis=0) for size in SIZES],
        "random looks": [x + size * draws for size in SIZES],
    }


def goal(start: float, optimum: float, parameters: int) -> float:
    """Return the loss below which a problem counts as solved, without a target."""
    share = RELATIVE_IN_A_PLANE if parameters == 2 else RELATIVE
    return optimum + share * (start - optimum)
