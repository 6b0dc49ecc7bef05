"""Gradient descent on quadratics, at step lengths on both sides of the limit."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import numpy as np

import optimizers
import problems

from ...running.single import measure
from ..claim import Number, Verdict, by_agreement
from ..draw import lines

LARGEST = (0.25, 4.0)
NEAR = (0.99, 1.01)
STEPS = 60

judge = partial(by_agreement, relative=0.0, condition="the limit is 2/λmax")


def run(full: bool, folder: Path | None) -> Verdict:
    """Bracket the limit with λmax = 1/4 and λmax = 4, in float64."""
    del full, folder
    with jax.enable_x64(True):
        traces = {(top, e): _losses(top, e) for top in LARGEST for e in _lengths(top)}
        numbers = [n for top in LARGEST for n in _limits(top, traces)]
        numbers += [_growth(top, e, losses) for (top, e), losses in traces.items()]
        numbers += [_one_step(share) for share in NEAR]
    curves = {
        f"λmax = {top:g}, ε = {e:.3g}": losses / losses[0]
        for (top, e), losses in traces.items()
    }
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, curves))


def _finding(numbers: list[Number]) -> str:
    said = "; ".join(
        f"{n.what}: between {n.low:.4g} and {n.high:.4g}, where 2/λmax = "
        f"{n.predicted:.4g}"
        for n in numbers
        if n.form == "repaired"
    )
    return f"{said[0].upper()}{said[1:]}."


def _draw(curves: dict, figure: Any) -> None:
    axes = lines(figure, curves, "step", "loss over loss at the start")
    axes.set_ylim(1e-4, 1e4)


def _lengths(top: float) -> list[float]:
    return [near * limit for limit in (2 / top, 2 * top) for near in NEAR]


def _losses(top: float, length: float) -> np.ndarray:
    problem = problems.make("quadratic", spectrum=[top / 2, top], dtype="float64")
    optimizer: Any = optimizers.make("sgd", learning_rate=length)
    return measure(problem, optimizer, steps=STEPS).loss.to_numpy()


def _limits(top: float, traces: dict) -> list[Number]:
    """Between the longest steps that went down and the shortest that went up."""
    mine = {e: losses for (t, e), losses in traces.items() if t == top}
    down = max(e for e, losses in mine.items() if losses[-1] < losses[-2])
    up = min(e for e, losses in mine.items() if losses[-1] > losses[-2])
    seen = ((down + up) / 2, down, up, "1/λ")
    what = f"longest step that goes down, λmax = {top:g}"
    return [
        Number("as it stands", what, 2 * top, *seen),
        Number("repaired", what, 2 / top, *seen),
    ]


def _growth(top: float, length: float, losses: np.ndarray) -> Number:
    what = f"growth of the loss a step, λmax = {top:g}, ε = {length:.4g}"
    slowest = max((1 - length * curvature) ** 2 for curvature in (top / 2, top))
    return Number("beside", what, slowest, losses[-1] / losses[-2])


def _one_step(share: float) -> Number:
    """f(x - ε g) - f(x) = ‖g‖² (ε² ρ/2 - ε), which changes its sign at 2/ρ."""
    problem = problems.make("quadratic", spectrum=[0.5, 4.0], dtype="float64")
    x = np.asarray(problem.init(jax.random.key(0)))
    gradient = np.array([0.5, 4.0]) * x
    rayleigh = gradient @ (np.array([0.5, 4.0]) * gradient) / (gradient @ gradient)
    length = share * 2 / rayleigh
    optimizer: Any = optimizers.make("sgd", learning_rate=float(length))
    losses = measure(problem, optimizer, steps=1).loss.to_numpy()
    predicted = float(gradient @ gradient * (length**2 * rayleigh / 2 - length))
    what = f"change of the loss in the first step at {share:g} × 2/ρ(g)"
    return Number("beside", what, predicted, losses[1] - losses[0])
