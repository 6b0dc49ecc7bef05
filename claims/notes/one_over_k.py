"""Rates of convergence of 1/k schedules under noise, against τ."""

from typing import Any

import numpy as np

import optimizers
import problems

from .. import Check, Evidence, claim, lines, near, within
from .noise_floor import losses

LEAST = 0.1
SPECTRUM = np.array([1.0] * 50 + [LEAST] * 450)
TAUS = (1.0, 2.5, 5.0, 20.0, 200.0)
"""2 ε₀ τ λmin = 0.2, 0.5, 1, 4, 40 with ε₀ = 1."""
EQUAL = 5.0
FACTOR = np.sum(SPECTRUM == LEAST) * EQUAL**2 * LEAST / 2
"""Slope of (τ + k) E f against ln(τ + k) there: Σ (ε₀ τ)² λmin / 2, over its axes."""
STEPS = 10_000
LATE = np.unique(np.geomspace(500, STEPS, 100).astype(int))
"""Steps at which powers are fitted."""


@claim(
    source="notes",
    sentence="ε_k = ε_0 τ/(τ + k) converges; with a poor τ it can be very slow.",
)
def one_over_k() -> Evidence:
    """Fit the suboptimality of a noisy quadratic from step 500 on, in float32."""
    problem = problems.make("quadratic", spectrum=SPECTRUM.tolist(), noise=1.0)
    schedules = {tau: optimizers.one_over_k(1.0, tau) for tau in TAUS}
    left = {t: losses(problem, optimizers.sgd(e), STEPS) for t, e in schedules.items()}
    checks = [_fitted(tau, seeds[:, LATE - 1]) for tau, seeds in left.items()]
    last = {tau: seeds[:, -1] for tau, seeds in left.items()}
    best, *_, worst = sorted(TAUS, key=lambda tau: np.median(last[tau]))
    slow = f"suboptimality with τ = {worst:g} over that with τ = {best:g}"
    checks.append(Check(slow, last[worst] / last[best], within(10), unit="times"))
    at = np.unique(np.geomspace(1, STEPS, 60).astype(int))
    curves = {
        f"τ = {tau:g}, 2 ε₀ τ λmin = {2 * tau * LEAST:g}": (at, seeds[0, at - 1])
        for tau, seeds in left.items()
    }
    return Evidence(checks, lines(curves, "step k", "suboptimality", x_log=True))


def exponent(tau: float) -> float:
    """-min(1, 2 ε₀ τ λmin), with ε₀ = 1."""
    return -min(1.0, 2 * tau * LEAST)


def _fitted(tau: float, left: Any) -> Check:
    """Check the power; or the factor of the logarithm, which is 0 for a power of -1."""
    k = tau + LATE
    what = "power of τ + k that the suboptimality falls with"
    y, expected = np.log(left), exponent(tau)
    if tau == EQUAL:
        what = "rise of (τ + k) suboptimality with ln(τ + k)"
        y, expected = k * left, FACTOR
    slopes = np.polyfit(np.log(k), y.T, 1)[0]
    return Check(f"{what}, τ = {tau:g}", slopes, near(expected, rel=0.1))
