"""Four derivatives of z = b σ(a x), and a logistic gradient, against autodiff."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.nn import sigmoid

from .. import Check, Evidence, Form, claim, lines, near

QUESTION = {
    "∂z/∂a = b x σ(ax) (1 - a σ(ax))": lambda a, b, x: (
        b * x * (y := sigmoid(a * x)) * (1 - a * y)
    ),
    "∂z/∂b = b σ(εx)/ε, ε = 1e-6": lambda a, b, x: b * sigmoid(1e-6 * x) / 1e-6,
}
ANSWER = {
    "∂z/∂a = z (1 - σ(ax)) x": lambda a, b, x: b * (y := sigmoid(a * x)) * (1 - y) * x,
    "∂z/∂b = σ(ax)": lambda a, b, x: sigmoid(a * x),
}
"""Derivatives of z in its first and its second argument."""


@claim(
    source="fd",
    sentence="For z = b σ(ax): ∂z/∂a = b x σ(ax) (1 - a σ(ax)), ∂z/∂b = b σ(εx)/ε; and "
    "the gradient of the logistic loss is Σ residual θ.",
    condition="∂z/∂a = z (1 - σ) x, ∂z/∂b = σ, and the residual stands on x",
)
def fd_toy() -> Evidence:
    """Compare at 50 random points, in float64."""
    forms: dict[Form, Any] = {"as it stands": QUESTION, "repaired": ANSWER}
    checks, curves = list[Check](), {}
    with jax.enable_x64(True):
        for (form, formulas), factor in zip(forms.items(), ("θ", "x"), strict=True):
            errors = {n: _errors(i, formulas[n]) for i, n in enumerate(formulas)}
            curves |= {n: np.sort(np.maximum(e, 1e-18)) for n, e in errors.items()}
            errors[f"the logistic gradient Σ residual · {factor}"] = _logistic(factor)
            for name, error in errors.items():
                what = f"largest error of {name}"
                checks.append(Check(what, error.max(), near(0, abs=1e-12), form))
    x, y = "point, in the order of its error", "|formula - autodiff|, 0 drawn at 1e-18"
    return Evidence(checks, lines(curves, x, y))


def _z(a: Any, b: Any, x: Any) -> Any:
    return b * sigmoid(a * x)


def _errors(argument: int, formula: Any) -> np.ndarray:
    """|formula - autodiff| at each point."""
    a, b, x = map(jnp.asarray, np.random.default_rng(0).uniform(0.5, 2.0, (3, 50)))
    truth = jax.vmap(jax.grad(_z, argnums=argument))(a, b, x)
    return np.abs(np.asarray(formula(a, b, x) - truth))


def _logistic(factor: str) -> np.ndarray:
    """Σ_i (σ(x_iᵀθ) - y_i) times x_i, or times θ, against autodiff."""
    rng = np.random.default_rng(1)
    x, theta = rng.normal(size=(20, 3)), rng.normal(size=3)
    y = rng.integers(0, 2, 20)
    truth = jax.grad(lambda t: jnp.sum(jnp.logaddexp(0, x @ t) - y * (x @ t)))(theta)
    residual = sigmoid(x @ theta) - y
    formula = residual @ x if factor == "x" else residual.sum() * theta
    return np.abs(np.asarray(formula - truth))
