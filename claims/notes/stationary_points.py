"""The end points of Newton and gradient descent on Himmelblau's function."""

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
from scipy.stats import binomtest

import bench
import optimizers
import problems

from .. import Check, Evidence, claim, near
from ..descent import descend

STARTS, STEPS = 500, 1000
OPTIMIZERS = {"Newton": optimizers.newton(), "gradient descent": optimizers.sgd(0.003)}
KINDS = ("minimum", "saddle", "maximum")
NEITHER = "none of them"


@claim(
    source="notes",
    sentence="Where the gradient is zero there is a minimum, a maximum or a saddle.",
)
def stationary_points() -> Evidence:
    """Start from U(-5, 5)², in float64."""
    with jax.enable_x64(True):
        ends = {name: _ends(optimizer) for name, optimizer in OPTIMIZERS.items()}
    met = len({*ends["Newton"][2]} & {*KINDS})
    checks = [Check("kinds that Newton meets", met, near(3))]
    checks += [check for name, end in ends.items() for check in _shares(name, end[2])]
    return Evidence(checks, lambda figure: _draw(*ends["Newton"], figure))


def _ends(optimizer: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return starts, ends, and kinds of the ends, of trials that end at ‖g‖ <= 1e-8."""
    problem = problems.make("himmelblau", dtype="float64")
    points, befores = descend(
        problem, optimizer, STEPS, lambda f, before, *_: before, seeds=STARTS
    )
    objective = problems.objective(problem)
    zero = np.linalg.norm(jax.vmap(jax.grad(objective))(points), axis=1) <= 1e-8
    kinds = kind(jax.vmap(objective.hessian)(points))
    return np.asarray(befores)[zero, 0], np.asarray(points)[zero], kinds[zero]


def kind(hessian: Any) -> np.ndarray:
    """Return the kinds of stationary points with these Hessians, float[..., n, n].

    A point has no kind if an eigenvalue is below 1e-6 of the largest.
    """
    values = np.linalg.eigvalsh(hessian)
    sizes = np.abs(values)
    singular = sizes.min(axis=-1) <= 1e-6 * sizes.max(axis=-1)
    up, down = np.all(values > 0, axis=-1), np.all(values < 0, axis=-1)
    return np.select([singular, up, down], [NEITHER, "minimum", "maximum"], "saddle")


def _shares(name: str, kinds: np.ndarray) -> Iterator[Check]:
    """Shares of all ends with a zero gradient, with exact binomial intervals."""
    count = len(kinds)
    what = f"zeros of the gradient of one of the three kinds, {name}"
    yield Check(what, np.mean(kinds != NEITHER), near(1), unit="share")
    yield Check(
        f"ends where the gradient is zero, {name}", count / STARTS, unit="share"
    )
    for each in KINDS:
        low, high = binomtest(int(np.sum(kinds == each)), count).proportion_ci()
        share = bench.Interval(np.mean(kinds == each), low, high, 0.95)
        yield Check(f"{name} ends at a {each}", share, unit="share")


def _draw(starts: Any, ends: Any, kinds: np.ndarray, figure: Any) -> None:
    axes = figure.add_subplot(xlabel="x", ylabel="y", aspect="equal")
    for each, style in bench.line_styles(KINDS).items():
        of, colour = kinds == each, style.colour
        axes.scatter(*starts[of].T, 12, colour, style.marker, alpha=0.6, linewidth=0)
        axes.scatter(*ends[of].T, 100, colour, "X", edgecolor="white", label=each)
    figure.legend(loc="outside right center", title="Newton's starts that end at a")
