"""The best direction of a step of given length, by a grid of angles in the plane."""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np

import problems

from .. import Check, Evidence, below, claim, lines

ANGLES = np.linspace(-np.pi, np.pi, 7_200, endpoint=False)
LENGTHS = np.geomspace(1e-2, 1e2, 161)
"""Lengths of steps, over the distance to the nearest minimum."""
HIMMELBLAU = [3, 2, -2.805118, 3.131313, -3.77931, -3.283186, 3.584428, -1.848127]
CENTRED = {"distance": 0.0}
ISOTROPIC = "isotropic quadratic"
PROBLEMS: dict[str, tuple[str, dict[str, Any], list[float]]] = {
    ISOTROPIC: ("quadratic", {"spectrum": [1.0, 1.0], **CENTRED}, [0, 0]),
    "quadratic, condition 100": (
        "quadratic",
        {"spectrum": [1.0, 100.0], **CENTRED},
        [0, 0],
    ),
    "Himmelblau": ("himmelblau", {}, HIMMELBLAU),
    "Rosenbrock": ("rosenbrock", {"start_scale": 0.5}, [1, 1]),
}
"""Factory, settings, and the coordinates x, y of the minima, where f = 0."""


@claim(
    source="step",
    sentence="For a large step the gradient is a bad direction.",
    condition="the step goes well past the minimum and the curvature varies by "
    "direction",
)
def large_step() -> Evidence:
    """Try 7,200 directions at each of 161 lengths, from 20 starts, in float64.

    It is bad if the loss falls by less than half of its fall in the best direction.
    """
    checks, curves = list[Check](), {}
    with jax.enable_x64(True):
        for name, (factory, settings, minima) in PROBLEMS.items():
            problem = problems.make(factory, dtype="float64", **settings)
            objective = problems.objective(problem)
            look, around = jax.jit(objective.values), []
            for seed in range(20):
                start = problem.init(jax.random.key(seed))
                ways = np.reshape(minima, (-1, 2)) - start
                distance = np.linalg.norm(ways, axis=1).min()
                around.append(circle(objective, look, start, distance))
            angles, shares, pays = map(np.array, zip(*around, strict=True))
            checks += _checks(name, shares, pays)
            curves[name] = (LENGTHS, np.median(angles, axis=0))
    x = "step length η over the distance to the nearest minimum"
    y = "angle of the best direction to -g, degrees"
    axes = {"ylim": (-3, 93), "yticks": range(0, 91, 15)}
    return Evidence(checks, lines(curves, x, y, x_log=True, y_log=False, **axes))


def circle(objective: Any, look: Any, start: jax.Array, unit: float) -> tuple:
    """Try all directions at each length, in multiples of `unit`.

    Returns:
        The angle between the best direction and -g, degrees, and the fall along -g over
        the best direction's, float[lengths] each; and the index of the longest step
        that halves f in some direction.
    """
    value, slope = map(np.asarray, jax.value_and_grad(objective)(start))
    ahead = -slope / np.linalg.norm(slope)
    aside = np.array([-ahead[1], ahead[0]])
    turned = np.outer(np.cos(ANGLES), ahead) + np.outer(np.sin(ANGLES), aside)
    losses = np.array([look(start + unit * length * turned) for length in LENGTHS])
    best = losses.min(axis=1)
    angles = np.degrees(np.abs(ANGLES[losses.argmin(axis=1)]))
    shares = (value - losses[:, len(ANGLES) // 2]) / (value - best)
    return angles, shares, np.flatnonzero(best <= value / 2)[-1]


def _checks(name: str, shares: np.ndarray, pays: np.ndarray) -> Iterator[Check]:
    """Judge a step to the minimum, and the longest that halves f in some direction."""
    what, bad = f"fall along -g over the best's, {name}", below(1 / 2)
    one = np.argmin(np.abs(LENGTHS - 1))
    yield Check(f"{what}, step to the minimum", shares[:, one], bad)
    what, longest = f"{what}, longest step that pays", shares[range(len(pays)), pays]
    yield Check(what, longest, bad)
    if name != ISOTROPIC:
        yield Check(what, longest, bad, "repaired")
