"""Four derivatives of z = b σ(a x), and a logistic gradient, against autodiff."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..claim import Form, Number, Verdict, by_agreement

judge = partial(
    by_agreement,
    relative=0.0,
    absolute=1e-12,
    condition="∂z/∂a = z (1 - σ) x, ∂z/∂b = σ, and the residual stands on x",
)
POINTS = 50


def _z(a: Any, b: Any, x: Any) -> Any:
    return b * jax.nn.sigmoid(a * x)


def _answer_a(a: Any, b: Any, x: Any) -> Any:
    y = jax.nn.sigmoid(a * x)
    return b * y * (1 - y) * x


def _answer_b(a: Any, b: Any, x: Any) -> Any:
    return jax.nn.sigmoid(a * x)


def _question_a(a: Any, b: Any, x: Any) -> Any:
    y = jax.nn.sigmoid(a * x)
    return b * x * y * (1 - a * y)


def _question_b(a: Any, b: Any, x: Any, step: float = 1e-6) -> Any:
    return b * jax.nn.sigmoid(step * x) / step


FORMULAS: dict[str, tuple[Form, int, Any]] = {
    "∂z/∂a = b x σ(ax) (1 - a σ(ax))": ("as it stands", 0, _question_a),
    "∂z/∂b = b σ(εx)/ε, ε = 1e-6": ("as it stands", 1, _question_b),
    "∂z/∂a = z (1 - σ(ax)) x": ("repaired", 0, _answer_a),
    "∂z/∂b = σ(ax)": ("repaired", 1, _answer_b),
}
"""Whose formula, of which argument, and the formula."""


def run(full: bool, folder: Path | None) -> Verdict:
    """Compare at random points, in float64, and count what each formula computes."""
    del full, folder
    with jax.enable_x64(True):
        errors = {name: _errors(*it[1:]) for name, it in FORMULAS.items()}
        logistic = {name: _logistic(name) for name in ("θ", "x")}
        work = [
            _work(f"primitives of {name}", formula)
            for name, (_, _, formula) in FORMULAS.items()
        ]
        both = jax.value_and_grad(_z, argnums=(0, 1))
        work += [
            _work("primitives of z", _z),
            _work("primitives of both, autodiff", both),
        ]
    numbers = [
        Number(FORMULAS[name][0], f"largest error of {name}", 0.0, float(np.max(e)))
        for name, e in errors.items()
    ]
    what = "largest error of the logistic gradient Σ residual ·"
    numbers.append(Number("as it stands", f"{what} θ", 0.0, logistic["θ"]))
    numbers.append(Number("repaired", f"{what} x", 0.0, logistic["x"]))
    wrong = [n for n in numbers if n.measured > 1e-12]
    return Verdict(
        judge(numbers),
        f"{len(wrong)} of {len(numbers)} formulas differ from autodiff: "
        + "; ".join(f"{n.what} is {n.measured:.2g}" for n in wrong)
        + ".",
        numbers + work,
        partial(_draw, errors),
    )


def _points() -> np.ndarray:
    return np.random.default_rng(0).uniform(0.5, 2.0, (3, POINTS))


def _errors(argument: int, formula: Any) -> np.ndarray:
    """|formula - autodiff| at each point."""
    a, b, x = map(jnp.asarray, _points())
    truth = jax.vmap(jax.grad(_z, argnums=argument))(a, b, x)
    return np.abs(np.asarray(formula(a, b, x) - truth))


def _logistic(multiplied: str) -> float:
    """Σ_i (σ(x_iᵀθ) - y_i) times x_i, or times θ, against autodiff."""
    rng = np.random.default_rng(1)
    x, theta = jnp.asarray(rng.normal(size=(20, 3))), jnp.asarray(rng.normal(size=3))
    y = jnp.asarray(rng.integers(0, 2, 20))

    def loss(theta: Any) -> Any:
        return jnp.sum(jnp.logaddexp(0, x @ theta) - y * (x @ theta))

    residual = jax.nn.sigmoid(x @ theta) - y
    formula = residual @ x if multiplied == "x" else residual.sum() * theta
    return float(jnp.max(jnp.abs(formula - jax.grad(loss)(theta))))


def _work(what: str, function: Any) -> Number:
    """Count the primitives that JAX traces, which is before XLA merges any."""
    return Number(
        "beside", what, np.nan, len(jax.make_jaxpr(function)(1.0, 1.0, 1.0).eqns)
    )


def _draw(errors: dict, figure: Any) -> None:
    axes = figure.add_subplot()
    for row, (name, error) in enumerate(errors.items()):
        colour = "#D55E00" if FORMULAS[name][0] == "as it stands" else "#0072B2"
        axes.plot(
            np.maximum(error, 1e-18), [row] * POINTS, "o", color=colour, alpha=0.4
        )
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set(
        xlabel="|formula - autodiff| at 50 points (0 drawn at 1e-18)", ylim=(-0.6, 3.6)
    )
    axes.set_xscale("log")
