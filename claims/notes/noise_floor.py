"""The noise floor of a quadratic's loss, by formula and by measurement.

f(x) = ½ Σ_i λ_i x_i², with gradient noise of standard deviation 1 on each axis.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

import problems
from bench import Batch

from ..descent import descend

QUADRATIC = {"dimension": 100, "condition": 3.0, "noise": 1.0}
CURVATURES = np.logspace(0, -np.log10(3), 100)
STEPS, SETTLED = 3000, 1000
"""Steps of a trial, and those after which its start has no influence."""
ONE = Batch(1, stream=True)


def losses(problem: Any, optimizer: Any, steps: int, batch: Batch = ONE) -> NDArray:
    """Return f after each step, float[seeds, steps]."""
    full = problems.objective(problem)
    seen = descend(problem, optimizer, steps, lambda *s: full(s[2]), batch=batch)[1]
    return np.asarray(seen)


def settled(optimizer: Any, batch: Batch = ONE, **settings: Any) -> NDArray:
    """Return the mean loss of late steps on `QUADRATIC`, float[seeds]."""
    problem = problems.make("quadratic", **QUADRATIC, **settings)
    return losses(problem, optimizer, STEPS, batch)[:, SETTLED:].mean(axis=1)


def floor(rate: float, curvatures: NDArray = CURVATURES) -> float:
    """Σ_i ε / (2 (2 - ε λ_i)), the limit of SGD's E f."""
    return float(np.sum(rate / (2 * (2 - rate * curvatures))))
