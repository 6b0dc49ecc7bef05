"""Gradient descent on quadratics, at step lengths on both sides of the limit."""

from typing import Any

import jax
import numpy as np

import bench
import optimizers
import problems

from .. import Check, Evidence, bracket, claim, lines, near

LARGEST = (0.25, 4.0)
SHARES = (0.99, 1.01)
"""The step lengths, as multiples of 2/λmax and of 2 λmax."""


@claim(
    source="notes",
    sentence="Steps larger than twice the largest eigenvalue of the Hessian go upward.",
    condition="the limit is 2/λmax",
)
def divergence_limit() -> Evidence:
    """Bracket the limit with λmax = 1/4 and λmax = 4, in float64."""
    checks, curves = [], {}
    for top in LARGEST:
        lengths = [share * limit for limit in (2 / top, 2 * top) for share in SHARES]
        with jax.enable_x64(True):
            losses = {length: _losses(top, length) for length in lengths}
        for length, loss in losses.items():
            curves[f"λmax = {top:g}, ε = {length:.3g}"] = loss / loss[0]
        down = max(e for e, loss in losses.items() if loss[-1] < loss[-2])
        up = min(e for e, loss in losses.items() if loss[-1] > loss[-2])
        what, seen = f"longest step that goes down, λmax = {top:g}", bracket(down, up)
        checks += [
            Check(what, seen, near(2 * top), unit="1/λ"),
            Check(what, seen, near(2 / top), "repaired", "1/λ"),
        ]
    y = "loss over loss at the start"
    return Evidence(checks, lines(curves, "step", y, ylim=(1e-4, 1e4)))


def _losses(top: float, length: float) -> np.ndarray:
    spectrum = [top / 2, top]
    problem = problems.make("quadratic", spectrum=spectrum, dtype="float64")
    sgd: Any = optimizers.make("sgd", learning_rate=length)
    return bench.measure(problem, sgd, steps=60).loss.to_numpy()
