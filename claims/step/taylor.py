"""The order of the remainder of each Taylor model in the step length."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import problems

from .. import Check, Evidence, Form, claim, lines, near
from ..calls import power

STEPS: Any = np.geomspace(1e-3, 1e-1, 13)
MODELS: dict[str, tuple[int, Form, Any]] = {
    "f + t gᵀΔ": (2, "beside", lambda t, bend: 0),
    "f + t gᵀΔ + t² ½ΔᵀHΔ": (3, "repaired", lambda t, bend: t**2 * bend / 2),
    "f + t gᵀΔ + t² ΔᵀHΔ, no ½": (3, "as it stands", lambda t, bend: t**2 * bend),
    "f + t f' + t f'', no ½, no Δ": (3, "as it stands", lambda t, bend: t * bend),
}
"""Expected order of the remainder, the form that it decides, and the last term."""


@claim(
    source="step",
    sentence="To second order a function is f + gᵀΔ + HΔ, the ½ and a Δ left out.",
    condition="the second-order term is ½ΔᵀHΔ",
)
def taylor() -> Evidence:
    """Fit orders on logistic regression along a random direction, in float64."""
    with jax.enable_x64(True):
        rises, slope, bend = _along()
    checks, curves = [], {}
    for name, (order, form, term) in MODELS.items():
        left = np.abs(rises - STEPS * slope - term(STEPS, bend))
        what = f"order of the remainder of {name}"
        checks.append(Check(what, power(STEPS, left), near(order, rel=0.03), form))
        curves[name] = (STEPS, left)
    plot = lines(curves, "step t", "|remainder|", x_log=True, dots=True)
    return Evidence(checks, plot)


def _along() -> tuple[np.ndarray, float, float]:
    """f(x + t Δ) - f(x) at each t, gᵀΔ, and ΔᵀHΔ, ‖Δ‖ = 1."""
    settings = {"dataset": "breast_cancer", "dtype": "float64"}
    objective = problems.objective(problems.make("logistic_regression", **settings))
    shape = 2, len(objective.examples.inputs)
    x, direction = jax.random.normal(jax.random.key(1), shape)
    x, direction = 0.1 * x, direction / jnp.linalg.norm(direction)
    value, slope = objective.jvp(x, direction)
    bend = direction @ objective.hvp(x, direction)
    rises = objective.values(x + STEPS[:, None] * direction) - value
    return np.asarray(rises), float(slope), float(bend)
