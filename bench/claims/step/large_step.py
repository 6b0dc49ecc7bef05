"""The best direction of a step of given length, by a grid of angles in the plane."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np

import problems

from ...statistics.intervals import interval
from ..claim import Form, Number, Verdict, word
from ..draw import lines

STARTS = 20
ANGLES = np.linspace(-np.pi, np.pi, 7_200, endpoint=False)
LENGTHS = np.geomspace(1e-2, 1e2, 161)
"""Of steps, over the distance to the nearest minimum."""
ONE = int(np.argmin(np.abs(LENGTHS - 1)))
HIMMELBLAU = [
    [3, 2],
    [-2.805118, 3.131313],
    [-3.77931, -3.283186],
    [3.584428, -1.848127],
]
PROBLEMS: Mapping[str, tuple[str, dict[str, Any], Any]] = {
    "isotropic quadratic": ("quadratic", {"spectrum": [1.0, 1.0]}, [[0, 0]]),
    "quadratic, condition 100": ("quadratic", {"spectrum": [1.0, 100.0]}, [[0, 0]]),
    "Himmelblau": ("himmelblau", {}, HIMMELBLAU),
    "Rosenbrock": ("rosenbrock", {"start_scale": 0.5}, [[1, 1]]),
}
"""Factory, settings and minima, at all of which f = 0."""
ISOTROPIC = next(iter(PROBLEMS))
CONDITION = "the step goes well past the minimum and the curvature varies by direction"


def judge(numbers: list[Number]) -> str:
    """Along -g the loss falls by less than half of what the best direction gives.

    The share is judged with all of its interval. As the sentence stands, a large step
    is one as long as the way to the nearest minimum, and also the longest that in some
    direction still halves the loss, on every problem. As repaired it is the latter,
    where the curvature is not the same in all directions.
    """

    def bad(form: Form) -> bool:
        shares = [n.high for n in numbers if n.form == form]
        return bool(shares) and all(high < 1 / 2 for high in shares)

    return word(bad("as it stands"), bad("repaired"), CONDITION)


class Circles(NamedTuple):
    """Steps of each length from each start.

    Attributes:
        angles: Between the best direction and -g, float[starts, lengths], degrees.
        shares: Fall along -g over the best direction's, float[starts, lengths].
        useful: Index of the longest step that halves f in some direction, int[starts].
        small: Angle of a short step over theory's, float[starts].
    """

    angles: np.ndarray
    shares: np.ndarray
    useful: np.ndarray
    small: np.ndarray


def run(full: bool, folder: Path | None) -> Verdict:
    """Try 7,200 directions at each of 161 lengths, from 20 starts, in float64."""
    del full, folder
    with jax.enable_x64(True):
        circles = {name: _circles(*it) for name, it in PROBLEMS.items()}
    numbers = [n for name, found in circles.items() for n in _numbers(name, found)]
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, circles))


def _circles(name: str, settings: dict[str, Any], minima: Any) -> Circles:
    problem = problems.make(name, dtype="float64", **settings)
    objective = problems.objective(problem)
    look = jax.jit(objective.values)
    starts = [problem.init(jax.random.key(seed)) for seed in range(STARTS)]
    around = []
    for start in starts:
        distance = np.min(np.linalg.norm(np.asarray(minima) - start, axis=1))
        around.append(
            (*falls(objective, look, start, distance), small(objective, look, start))
        )
    return Circles(*map(np.array, zip(*around, strict=True)))


def falls(objective: Any, look: Any, start: jax.Array, unit: float) -> tuple:
    """Return angles and shares at each length, and the longest useful one's index."""
    value, _ = jax.value_and_grad(objective)(start)
    turned = turn(objective, start, ANGLES)
    losses = np.array([look(start + unit * length * turned) for length in LENGTHS])
    best = losses.min(axis=1)
    angles = np.degrees(np.abs(ANGLES[losses.argmin(axis=1)]))
    shares = (value - losses[:, len(ANGLES) // 2]) / (value - best)
    return angles, shares, np.flatnonzero(best <= value / 2)[-1]


def small(objective: Any, look: Any, start: jax.Array) -> float:
    """Return the angle of a short step over η |tᵀH g| / ‖g‖², t ⟂ g.

    η = 0.03 ‖g‖/‖H‖; nan where tᵀH g = 0, as -g is the best direction then.
    """
    slope = np.linalg.norm(jax.grad(objective)(start))
    hessian = np.asarray(objective.hessian(start))
    ahead, aside = turn(objective, start, np.array([0, np.pi / 2]))
    length = 0.03 * slope / np.linalg.norm(hessian, 2)
    angle = length * abs(aside @ hessian @ ahead) / slope
    ratios = np.linspace(-2, 2, 2_001)
    losses = look(start + length * turn(objective, start, angle * ratios))
    return float(abs(ratios[np.argmin(losses)])) if angle > 1e-12 else np.nan


def turn(objective: Any, start: jax.Array, angles: np.ndarray) -> np.ndarray:
    """Return -g/‖g‖ turned by each angle, float[angles, 2]."""
    slope = np.asarray(jax.grad(objective)(start))
    ahead = -slope / np.linalg.norm(slope)
    aside = np.array([-ahead[1], ahead[0]])
    return np.outer(np.cos(angles), ahead) + np.outer(np.sin(angles), aside)


def _numbers(name: str, found: Circles) -> list[Number]:
    longest = found.shares[np.arange(STARTS), found.useful]
    what = f"fall along -g over the best's, {name}"
    forms: list[Form] = ["as it stands", "repaired"]
    numbers = [
        _seen("as it stands", f"{what}, step to the minimum", found.shares[:, ONE]),
        *(
            _seen(form, f"{what}, longest step that pays", longest)
            for form in forms[: 1 if name == ISOTROPIC else 2]
        ),
    ]
    what = f"longest step that pays over the way to the minimum, {name}"
    numbers.append(_seen("beside", what, LENGTHS[found.useful]))
    what = f"angle of the best direction to -g, {name}, step to the minimum"
    numbers.append(_seen("beside", what, found.angles[:, ONE])._replace(unit="°"))
    what = f"angle of a short step over η |tᵀHg|/‖g‖², t ⟂ g, {name}"
    short = _seen("beside", what, found.small)._replace(predicted=1.0)
    return numbers if name == ISOTROPIC else [*numbers, short]


def _seen(form: Form, what: str, values: np.ndarray) -> Number:
    return Number(form, what, np.nan, *interval(values)[:3])


def _finding(numbers: list[Number]) -> str:
    def told(end: str) -> str:
        mine = [n for n in numbers if n.form == "as it stands" and n.what.endswith(end)]
        return ", ".join(f"{n.measured:.2g}" for n in mine)

    return (
        "Fall of the loss along -g over that along the best direction, for "
        f"{', '.join(PROBLEMS)}: {told('step to the minimum')} at the distance of the "
        f"nearest minimum; {told('longest step that pays')} at the longest step that "
        "in some direction still halves the loss."
    )


def _draw(circles: dict[str, Circles], figure: Any) -> None:
    curves = {
        name: (LENGTHS, np.median(found.angles, axis=0))
        for name, found in circles.items()
    }
    x_label = "step length η over the distance to the nearest minimum"
    y_label = "angle of the best direction to -g, degrees"
    axes = lines(figure, curves, x_label, y_label, x_log=True, y_log=False)
    axes.set(ylim=(-3, 93), yticks=range(0, 91, 15))
