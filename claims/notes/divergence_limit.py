"""Gradient descent on quadratics, at step lengths on both sides of the limit."""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

import bench
import optimizers
import problems

from .. import Check, Evidence, bracket, claim, lines, near

LARGEST = (0.25, 4.0)
SHARES = (0.99, 1.01)


@claim(
    source="notes",
    sentence="Steps larger than twice the largest eigenvalue of the Hessian go upward.",
    condition="the limit is 2/λmax",
)
def divergence_limit() -> Evidence:
    """Bracket the limit with λmax = 1/4 and λmax = 4, in float64."""
    with jax.enable_x64(True):
        losses = {top: {e: _losses(top, e) for e in _lengths(top)} for top in LARGEST}
        checks = [check for top in LARGEST for check in _limits(top, losses[top])]
        checks += [check for top in LARGEST for check in _growth(top, losses[top])]
        checks += [_one_step(share) for share in SHARES]
    curves = {
        f"λmax = {top:g}, ε = {length:.3g}": curve / curve[0]
        for top in LARGEST
        for length, curve in losses[top].items()
    }
    y = "loss over loss at the start"
    return Evidence(checks, lines(curves, "step", y, ylim=(1e-4, 1e4)))


def _lengths(top: float) -> list[float]:
    return [share * limit for limit in (2 / top, 2 * top) for share in SHARES]


def _losses(top: float, length: float, steps: int = 60, low: float = 0.5) -> np.ndarray:
    spectrum = [low * top, top]
    problem = problems.make("quadratic", spectrum=spectrum, dtype="float64")
    sgd: Any = optimizers.make("sgd", learning_rate=length)
    return bench.measure(problem, sgd, steps=steps).loss.to_numpy()


def _limits(top: float, losses: dict[float, np.ndarray]) -> list[Check]:
    """Bracket it by the longest steps that went down and the shortest that went up."""
    down = max(e for e, curve in losses.items() if curve[-1] < curve[-2])
    up = min(e for e, curve in losses.items() if curve[-1] > curve[-2])
    what, seen = f"longest step that goes down, λmax = {top:g}", bracket(down, up)
    return [
        Check(what, seen, near(2 * top), unit="1/λ"),
        Check(what, seen, near(2 / top), "repaired", "1/λ"),
    ]


def _growth(top: float, losses: dict[float, np.ndarray]) -> Iterator[Check]:
    """(1 - ε λ)² of the slower of the two eigenvalues, after many steps."""
    for length, curve in losses.items():
        what = f"growth of the loss a step, λmax = {top:g}, ε = {length:.4g}"
        slowest = max((1 - length * top / 2) ** 2, (1 - length * top) ** 2)
        yield Check(what, curve[-1] / curve[-2], near(slowest, rel=1e-3), "beside")


def _one_step(share: float) -> Check:
    """f(x - ε g) - f(x) = ‖g‖² (ε² ρ/2 - ε), which changes its sign at 2/ρ."""
    spectrum = np.array([0.5, 4.0])
    problem = problems.make("quadratic", spectrum=spectrum.tolist(), dtype="float64")
    g = spectrum * np.asarray(problem.init(jax.random.key(0)))
    rayleigh = g @ (spectrum * g) / (g @ g)
    length = float(share * 2 / rayleigh)
    before, after = _losses(4.0, length, steps=1, low=0.125)
    rise = g @ g * (length**2 * rayleigh / 2 - length)
    what = f"change of the loss in the first step at {share:g} × 2/ρ(g)"
    return Check(what, after - before, near(rise, rel=1e-9), "beside")
