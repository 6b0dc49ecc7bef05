"""Momentum and minibatches of equal effective learning rate, side by side."""

from typing import Any

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import optimizers
import problems
from bench import Batch
from optimizers import momentum

from .. import Check, Evidence, claim, lines, near
from ..descent import descend
from .noise_floor import floor, settled

RATES = (0.02, 0.2, 1.6)
SIZES = {0.5: 3, 0.9: 19}
"""α and B = (1+α)/(1-α), which reduce the noise of a step's direction equally."""


@claim(
    source="notes",
    sentence="Momentum is similar in spirit to a minibatch.",
    condition="it is the noise of a step's direction that is compared, not the floor",
)
def momentum_as_minibatch() -> Evidence:
    """Compare floors, and the noise of directions, in float32."""
    checks, curves = [], {}
    for decay, size in SIZES.items():
        name, rival = f"momentum α = {decay}", f"B = {size}"
        left = [settled(momentum(rate, decay, "average")) for rate in RATES]
        batch = Batch(size, stream=True)
        batches = [settled(optimizers.sgd(rate), batch) for rate in RATES]
        curves[name] = RATES, np.median(left, axis=1)
        curves[f"SGD of {rival}"] = RATES, np.median(batches, axis=1)
        for rate, seen in zip(RATES, left, strict=True):
            what = f"floor, {name}, against that of {rival}, ε = {rate:g}"
            checks.append(Check(what, seen, near(floor(rate) / size, rel=0.05)))
        what = f"noise of a direction, {name}, against that of {rival}"
        criterion = near(np.median(noise(0.0, size)), rel=0.05)
        checks.append(Check(what, noise(decay, 1), criterion, "repaired"))
    labels = "effective learning rate ε", "floor of the suboptimality"
    return Evidence(checks, lines(curves, *labels, x_log=True, dots=True))


def noise(decay: float, size: int, seeds: int = 10, steps: int = 2000) -> NDArray:
    """Return the late variance of a step's direction, float[seeds], with ∇f = 0.

    Noise is 1 along each axis of one example's gradient.
    """

    def see(objective: Any, before: Any, after: Any, gradient: Any) -> Any:
        return jnp.mean((after - before) ** 2)

    flat = problems.make("quadratic", spectrum=[0.0] * 100, noise=1.0)
    average, batch = momentum(1.0, decay, "average"), Batch(size, stream=True)
    squares = descend(flat, average, steps, see, seeds=seeds, batch=batch)[1]
    return np.asarray(squares)[:, steps // 2 :].mean(axis=1)
