"""How fast the remainder of each Taylor model falls with the step."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

import problems

from ..claim import Form, Number, Verdict, by_agreement
from ..draw import lines

STEPS = np.geomspace(1e-3, 1e-1, 13)
MODELS: dict[str, tuple[int, Form, Any]] = {
    "f + t gᵀΔ": (2, "beside", lambda t, g, h: t * g),
    "f + t gᵀΔ + t² ½ΔᵀHΔ": (3, "repaired", lambda t, g, h: t * g + t**2 * h / 2),
    "f + t gᵀΔ + t² ΔᵀHΔ, no ½": (
        3,
        "as it stands",
        lambda t, g, h: t * g + t**2 * h,
    ),
    "f + t f' + t f'', no ½, no Δ": (
        3,
        "as it stands",
        lambda t, g, h: t * g + t * h,
    ),
}
"""Order that the remainder ought to have, whose model it is, and the model less f."""

judge = partial(by_agreement, relative=0.03, condition="the second-order term is ½ΔᵀHΔ")


def run(full: bool, folder: Path | None) -> Verdict:
    """Fit orders on logistic regression along a random direction, in float64."""
    del full, folder
    with jax.enable_x64(True):
        rises, slope, bend = _along()
    left = {
        name: np.abs(rises - model(STEPS, slope, bend))
        for name, (_, _, model) in MODELS.items()
    }
    orders = {
        name: float(np.polyfit(np.log(STEPS), np.log(r), 1)[0])
        for name, r in left.items()
    }
    numbers = [
        Number(form, f"order of the remainder of {name}", order, orders[name])
        for name, (order, form, _) in MODELS.items()
    ]
    told = ", ".join(f"{orders[name]:.2f} for {name}" for name in MODELS)
    return Verdict(
        judge(numbers),
        f"Remainders fall with these powers of the step t: {told}.",
        numbers,
        lambda figure: lines(
            figure,
            {name: (STEPS, r) for name, r in left.items()},
            "step t",
            "|remainder|",
            x_log=True,
            dots=True,
        ),
    )


def _along() -> tuple[np.ndarray, float, float]:
    """f(x + t Δ) - f(x) at each t, gᵀΔ, and ΔᵀHΔ, ‖Δ‖ = 1."""
    settings = {"dataset": "breast_cancer", "dtype": "float64"}
    objective = problems.objective(problems.make("logistic_regression", **settings))
    x, direction = jax.random.normal(jax.random.key(1), (2, *_shape(objective)))
    x, direction = 0.1 * x, direction / jax.numpy.linalg.norm(direction)
    value, slope = objective.jvp(x, direction)
    bend = direction @ objective.hvp(x, direction)
    ray = objective.ray(x, direction)
    assert ray is not None
    rises = ray.values(jax.numpy.asarray(STEPS)) - value
    return np.asarray(rises), float(slope), float(bend)


def _shape(objective) -> tuple[int, ...]:
    return objective.problem.init(jax.random.key(0)).shape
