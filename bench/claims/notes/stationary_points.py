"""Where Newton and gradient descent end from many starts on Himmelblau's function."""

from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import numpy as np
from scipy.stats import binomtest

import optimizers
import problems

from ...measuring.build import Given
from ...measuring.program import Program, limits
from ...measuring.spending import NO_LIMITS
from ...measuring.targets import NO_TARGET
from ...plots.look import looks
from ..claim import Number, Verdict, by_agreement

STARTS = 500
STEPS = 1000
OPTIMIZERS = {"newton": {}, "sgd": {"learning_rate": 0.003}}
NAMES = {"newton": "Newton", "sgd": "gradient descent"}
KINDS = {"minimum": 4, "saddle": 4, "maximum": 1}
"""How many of them Himmelblau's function has."""
NEITHER = "none of them"

judge = partial(by_agreement, relative=0.0)
"""Every zero of the gradient is of one of the three kinds, and Newton meets all three.

A zero is ‖g‖ <= 1e-8; its kind goes by the signs of the Hessian's eigenvalues, and it
is of none where one of them is below 1e-6 of the largest.
"""


class Ends(NamedTuple):
    """Where trials began and ended, and the kinds of the ends at which g = 0."""

    starts: np.ndarray
    points: np.ndarray
    zero: np.ndarray
    kinds: np.ndarray


def run(full: bool, folder: Path | None) -> Verdict:
    """Start from U(-5, 5)², in float64."""
    del full, folder
    with jax.enable_x64(True):
        ends = {name: _ends(name) for name in OPTIMIZERS}
    numbers = [n for name, found in ends.items() for n in _shares(name, found)]
    newton = ends["newton"]
    met = set(newton.kinds[newton.zero]) & set(KINDS)
    numbers.insert(0, Number("as it stands", "kinds that Newton meets", 3, len(met)))
    numbers += _distinct(newton)
    return Verdict(judge(numbers), _finding(ends), numbers, partial(_draw, ends))


def _ends(name: str) -> Ends:
    """Run one compiled program from each start; nothing is timed."""
    problem = problems.make("himmelblau", dtype="float64")
    starts = [problem.init(jax.random.key(seed)) for seed in range(STARTS)]
    optimizer = optimizers.make(name, **OPTIMIZERS[name])
    program = Program(Given(optimizer), (), problem, starts[0])
    program.compile()
    most = limits(STEPS, NO_TARGET, NO_LIMITS, program.dtype)
    points = [program(problem, (), program.start(x), most).carry.params for x in starts]
    objective = problems.objective(problem)
    slopes = jax.vmap(jax.grad(objective))(jax.numpy.stack(points))
    bends = jax.vmap(objective.hessian)(jax.numpy.stack(points))
    zero = np.linalg.norm(slopes, axis=1) <= 1e-8
    kinds = np.array([kind(np.asarray(bend)) for bend in bends])
    return Ends(np.array(starts), np.array(points), zero, kinds)


def kind(hessian: np.ndarray) -> str:
    """Return what a stationary point with this Hessian, float[n, n], is."""
    values = np.linalg.eigvalsh(hessian)
    if np.min(np.abs(values)) <= 1e-6 * np.max(np.abs(values)):
        return NEITHER
    if np.all(values > 0):
        return "minimum"
    return "maximum" if np.all(values < 0) else "saddle"


def _shares(name: str, ends: Ends) -> list[Number]:
    """Shares of all ends with a zero gradient, with exact binomial intervals."""
    zero = ends.kinds[ends.zero]
    of_a_kind = float(np.mean(zero != NEITHER)) if len(zero) else np.nan
    what = f"zeros of the gradient of one of the three kinds, {NAMES[name]}"
    numbers = [Number("as it stands", what, 1, of_a_kind, unit="share")]
    what = f"ends where the gradient is zero, {NAMES[name]}"
    numbers.append(Number("beside", what, 1, float(np.mean(ends.zero)), unit="share"))
    for each in KINDS:
        found = binomtest(int(np.sum(zero == each)), len(zero))
        low, high = found.proportion_ci(method="exact")
        what = f"{NAMES[name]} ends at a {each}"
        seen = (found.statistic, low, high, "share")
        numbers.append(Number("beside", what, np.nan, *seen))
    return numbers


def _distinct(ends: Ends) -> list[Number]:
    """Count points; minima - saddles + maxima = 1 where f grows in all directions."""
    counts = {}
    for each in KINDS:
        mine = ends.points[ends.zero & (ends.kinds == each)]
        counts[each] = len(np.unique(mine.round(6), axis=0))
    numbers = [
        Number("beside", f"points that Newton finds, {each}", KINDS[each], count)
        for each, count in counts.items()
    ]
    turns = counts["minimum"] - counts["saddle"] + counts["maximum"]
    return [*numbers, Number("beside", "minima - saddles + maxima found", 1, turns)]


def _finding(ends: dict[str, Ends]) -> str:
    said = []
    for name, found in ends.items():
        zero = found.kinds[found.zero]
        shares = ", ".join(f"{np.mean(zero == k):.1%} at a {k}" for k in KINDS)
        rest = f"{np.mean(zero == NEITHER):.1%} where the Hessian is singular"
        said.append(f"{NAMES[name]} ends {shares} and {rest}")
    return f"From {STARTS} starts {'; '.join(said)}."


def _draw(ends: dict[str, Ends], figure: Any) -> None:
    panels = figure.subplots(1, len(ends), sharey=True)
    for axes, (name, found) in zip(panels, ends.items(), strict=True):
        for each, look in looks(KINDS).items():
            mine = found.zero & (found.kinds == each)
            dots = {"marker": look.marker, "color": look.colour, "alpha": 0.6}
            axes.scatter(*found.starts[mine].T, s=12, linewidth=0, **dots)
            axes.scatter(
                *np.unique(found.points[mine].round(6), axis=0).T,
                s=100,
                color=look.colour,
                marker="X",
                edgecolor="white",
                label=each,
            )
        axes.set(title=NAMES[name], xlabel="x", aspect="equal")
    panels[0].set_ylabel("y")
    handles = panels[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside right center", title="starts that end at a")
