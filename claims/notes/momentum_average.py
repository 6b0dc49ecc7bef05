"""Both forms of momentum side by side, from one start and on the same batches."""

from typing import Any

import jax
import numpy as np
import optax

import bench
import problems
from optimizers import momentum

from .. import Check, Evidence, claim, lines, near

RATE = 2.0
CASES = ((0.5, 0.5, None), (0.9, 0.1, None), (0.9, 0.1, 20), (0.9, 1.0, None))
"""α, the factor of the heavy ball's learning rate, and the batch."""


@claim(
    source="notes",
    sentence="Momentum as a running average of gradients, started at zero, is the "
    "heavy ball with the learning rate scaled by 1 - α.",
)
def momentum_average() -> Evidence:
    """Compare losses of logistic regression, full batch and batches of 20, float64."""
    checks = []
    debiased = optax.chain(optax.ema(0.9, debias=True), optax.scale(-RATE))
    with jax.enable_x64(True):
        for decay, share, batch in CASES:
            forms = momentum(RATE, decay, "average"), momentum(share * RATE, decay)
            apart = _apart(*(_losses(form, batch) for form in forms))
            data = f"batches of {batch}" if batch else "full batch"
            what = f"average against heavy ball at {share:g} ε, α = {decay:g}, {data}"
            same = near(0, abs=1e-10) if share < 1 else None
            checks.append(Check(what, apart, same))
        forms = momentum(RATE, 0.9, "average"), debiased, momentum(0.1 * RATE, 0.9)
        average, other, ball = map(_losses, forms)
    what = "debiased average against heavy ball at (1 - α) ε, α = 0.9"
    checks.append(Check(what, _apart(other, ball)))
    curves = {"average, ε": average, "average debiased, ε": other}
    dashed = {"heavy ball, (1 - α) ε": ball}
    return Evidence(checks, lines(curves, "step", "training loss", dashed=dashed))


def _losses(optimizer: Any, batch: int | None = None) -> np.ndarray:
    settings: Any = {"rows": 200, "columns": 5, "l2": 0.01, "dtype": "float64"}
    problem = problems.make("logistic_regression", **settings)
    drawn = batch and bench.Batch(batch, replace=True)
    return bench.measure(problem, optimizer, steps=100, batch=drawn).loss.to_numpy()


def _apart(one: np.ndarray, other: np.ndarray) -> float:
    """Return the largest |difference| of losses over the loss."""
    return np.max(np.abs(one - other) / other)
