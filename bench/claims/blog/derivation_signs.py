"""Where β + t lands with the factors and signs that a derivation may drop."""

from functools import cache, partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ..claim import Form, Number, Verdict, by_agreement

READINGS = {
    "β + t, t as printed": (1.0, 1.0),
    "β - t, t as printed": (-1.0, 1.0),
    "β + t, t = -f''⁻¹ f' by autodiff": (-2.0, 2.0),
    "β + t, the 2 dropped from f' alone": (-1.0, 2.0),
    "β + t, the 2 dropped from f'' alone": (-2.0, 1.0),
}
"""Factors a, b of f' = a Xᵀ(y - Xβ) and f'' = b XᵀX that make the same landing.

Printed are f' = -Xᵀ(y - Xβ), f'' = XᵀX and t = -f''⁻¹f' = -(XᵀX)⁻¹Xᵀ(y - Xβ), in
which a sign is lost; the update then reads β + t in one line and β - t in another.
"""
PRINTED, REPAIRED = tuple(READINGS)[:2]

judge = partial(
    by_agreement,
    relative=0.0,
    absolute=1e-9,
    condition="the update is β - t; the dropped factors of 2 cancel",
)


def run(full: bool, folder: Path | None) -> Verdict:
    """Take each step from one start on the diabetes data, in float64."""
    del full, folder
    landings = {name: _landing(*factors) for name, factors in READINGS.items()}
    numbers = [_number(name, left) for name, left in landings.items()]
    numbers.append(_autodiff())
    left, repaired = landings[PRINTED], landings[REPAIRED]
    return Verdict(
        judge(numbers),
        f"β + t with the printed t lands {left:.3g} times as far from the answer as it "
        f"began (its loss is {left**2:.3g} times as far above the least one); β - t "
        f"leaves {repaired:.1e} of the distance. Autodiff's gradient is "
        f"{numbers[-1].measured:.3g} Xᵀ(y - Xβ).",
        numbers,
        partial(_draw, landings),
    )


@cache
def _data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with jax.enable_x64(True):
        problem = problems.make(
            "linear_regression", dataset="diabetes", dtype="float64"
        )
        start = np.asarray(problem.init(jax.random.key(0)))
    x, y = (np.asarray(part) for part in problem.train)
    return x.T, y, start


def _landing(first: float, second: float) -> float:
    """Return ‖X(β₁ - β*)‖ / ‖X(β₀ - β*)‖."""
    x, y, start = _data()
    answer = np.linalg.lstsq(x, y)[0]
    slope, curvature = first * x.T @ (y - x @ start), second * x.T @ x
    there = start - np.linalg.solve(curvature, slope)
    before, after = (np.linalg.norm(x @ (b - answer)) for b in (start, there))
    return float(after / before)


def _number(name: str, left: float) -> Number:
    forms: dict[str, Form] = {PRINTED: "as it stands", REPAIRED: "repaired"}
    form = forms.get(name, "beside")
    first, second = READINGS[name]
    predicted = 0.0 if form != "beside" else abs(1 + first / second)
    return Number(form, f"distance left of the start's: {name}", predicted, left)


def _autodiff() -> Number:
    """Autodiff's gradient over Xᵀ(y - Xβ), entry by entry."""
    x, y, start = _data()
    with jax.enable_x64(True):
        gradient = jax.grad(lambda b: jnp.sum((y - x @ b) ** 2))(jnp.asarray(start))
    factor = np.median(np.asarray(gradient) / (x.T @ (y - x @ start)))
    return Number("beside", "autodiff's f' over Xᵀ(y - Xβ)", -2.0, float(factor))


def _draw(landings: dict, figure) -> None:
    axes = figure.add_subplot()
    names = list(landings)[::-1]
    axes.barh(names, [landings[name] for name in names], color="#0072B2", height=0.6)
    for row, name in enumerate(names):
        left = landings[name]
        text = f" {left:.1e}" if left < 1e-3 else f" {left:.3g}"
        axes.annotate(text, (left, row), va="center")
    axes.set(xlabel="distance from the answer after the step, over before it")
    axes.set_xlim(0, 2.4)
    axes.grid(visible=False, axis="y")
