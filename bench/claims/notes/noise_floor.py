"""What noise leaves of a quadratic's loss, by formula and by measurement.

f(x) = ½ Σ_i λ_i x_i², and a gradient has noise of deviation σ along each axis.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...keeping.reading import Run

CURVATURES = np.logspace(0, -np.log10(3), 100)
"""Those of a quadratic of dimension 100 and condition 3."""
SETTLED = 1000
"""Steps after which its start is forgotten."""


def floor(
    rate: float, curvatures: NDArray, deviation: float, decay: float = 0.0
) -> float:
    """Σ_i ε σ² / (2 (2 - ε λ_i (1-α)/(1+α))), where E f stays.

    SGD for α = 0; for α > 0 the average form of momentum, (1-α) ε in heavy ball's.
    """
    slack = 2 - rate * curvatures * (1 - decay) / (1 + decay)
    return float(np.sum(rate * deviation**2 / (2 * slack)))


def reshuffled(
    rate: float, curvatures: NDArray, deviation: float, rows: int, steps: Sequence[int]
) -> float:
    """Return the mean of E f at late steps of epochs that are shuffles of `rows`.

    After p steps of an epoch x = r^p x_0 - ε Σ_{j<p} r^j ξ_j, r = 1 - ελ, the ξ drawn
    without replacement, so that with S_p = Σ_{j<p} r^{2j} - (Σ_{j<p} r^j)²/m

    Var x = r^{2p} V + ε² σ² m/(m-1) S_p,  V = ε² σ² m/(m-1) S_m / (1 - r^{2m}).
    """
    powers = (1 - rate * curvatures[:, None]) ** np.arange(rows)
    sums = np.cumsum(powers**2, 1) - np.cumsum(powers, 1) ** 2 / rows
    drawn = rate**2 * deviation**2 * rows / (rows - 1) * np.c_[0 * sums[:, :1], sums]
    square = (1 - rate * curvatures[:, None]) ** (2 * np.arange(rows + 1))
    variances = drawn + square * drawn[:, -1:] / (1 - square[:, -1:])
    losses = curvatures @ variances / 2
    return float(losses[np.asarray(steps) % rows].mean())


def expected(
    rates: NDArray,
    curvatures: NDArray,
    deviation: float,
    drift: float = 0.0,
    start: float = 1.0,
) -> NDArray:
    """Return E f before each step and after the last, for any rates.

    x ← (1 - ε_k λ) x - ε_k ξ + d, from x ~ N(0, start²).

    Args:
        rates: ε_k, float[steps].
        curvatures: λ, float[n].
        deviation: σ.
        drift: d, of every coordinate.
        start: Standard deviation of the start point's entries.
    """
    mean, variance = np.zeros_like(curvatures), np.full_like(curvatures, start**2)
    losses = [curvatures @ (mean**2 + variance) / 2]
    for rate in rates:
        shrink = 1 - rate * curvatures
        mean = shrink * mean + drift
        variance = shrink**2 * variance + rate**2 * deviation**2
        losses.append(curvatures @ (mean**2 + variance) / 2)
    return np.array(losses)


def tails(run: Run) -> pd.DataFrame:
    """Return the trials with what was seen of each once it had settled.

    `left` is the mean suboptimality, `seen` the steps that it is the mean of.
    """
    late = run.traces[run.traces.step >= SETTLED].groupby("key", observed=True)
    trials = run.trials.set_index("key")
    return trials.assign(left=late.suboptimality.mean(), seen=late.step.agg(list))
