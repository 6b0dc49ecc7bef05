"""The point β + t for the factors and signs that a derivation may drop."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import problems

from .. import Check, Evidence, Form, claim, near

FACTORS: dict[str, tuple[float, float, Form]] = {
    "β + t, t as printed": (1.0, 1.0, "as it stands"),
    "β - t, t as printed": (-1.0, 1.0, "repaired"),
    "β + t, t = -f''⁻¹ f' by autodiff": (-2.0, 2.0, "beside"),
    "β + t, the 2 dropped from f' alone": (-1.0, 2.0, "beside"),
    "β + t, the 2 dropped from f'' alone": (-2.0, 1.0, "beside"),
}
"""Factors a, b of f' = a Xᵀ(y - Xβ) and f'' = b XᵀX that give the same step.

The source states f' = -Xᵀ(y - Xβ), f'' = XᵀX and t = -f''⁻¹f' = -(XᵀX)⁻¹Xᵀ(y - Xβ), in
which a sign is lost; its update is β + t in one line and β - t in another.
"""


@claim(
    source="blog",
    sentence="The printed t = -(XᵀX)⁻¹Xᵀ(y - Xβ) makes β + t, one Newton step, the "
    "least-squares answer.",
    condition="the update is β - t; the dropped factors of 2 cancel",
)
def derivation_signs() -> Evidence:
    """Take each step from the same start on the diabetes data, in float64."""
    with jax.enable_x64(True):
        data = problems.make("linear_regression", dataset="diabetes", dtype="float64")
        start = np.asarray(data.init(jax.random.key(0)))
        inputs, y = (np.asarray(part) for part in data.train)
        x = inputs.T
        slope = jax.grad(lambda b: jnp.sum((y - x @ b) ** 2))(jnp.asarray(start))
    residual, answer = y - x @ start, np.linalg.lstsq(x, y)[0]
    checks, left = [], {}
    for name, (first, second, form) in FACTORS.items():
        t = -np.linalg.solve(second * x.T @ x, first * x.T @ residual)
        before, after = (np.linalg.norm(x @ (b - answer)) for b in (start, start + t))
        left[name] = float(after / before)
        expected = 0.0 if form != "beside" else abs(1 + first / second)
        what = f"distance left of the start's: {name}"
        checks.append(Check(what, left[name], near(expected, abs=1e-9), form))
    factor = float(np.median(np.asarray(slope) / (x.T @ residual)))
    what = "autodiff's f' over Xᵀ(y - Xβ)"
    checks.append(Check(what, factor, near(-2, abs=1e-9), "beside"))
    return Evidence(checks, lambda figure: _bars(left, figure.add_subplot()))


def _bars(left: dict[str, float], axes: Any) -> None:
    bars = axes.barh(list(left), list(left.values()), color="#0072B2", height=0.6)
    axes.bar_label(bars, fmt="{:.2g}", padding=3)
    label = "distance from the answer after the step, over before it"
    axes.set(xlabel=label, xlim=(0, 2.4))
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
