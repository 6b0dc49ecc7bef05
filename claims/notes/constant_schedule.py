"""Noise floors of constant learning rates, and tracking of a moving optimum."""

from collections.abc import Iterable
from itertools import product
from typing import Any

import numpy as np
import optax
from numpy.typing import NDArray

import optimizers
import problems
from bench import Batch

from .. import Check, Evidence, above, claim, lines, near, stacked
from .noise_floor import ONE, floor, losses, settled

RATES = (0.02, 0.2, 1.6)
CHOICES: dict[str, Any] = {
    "streamed": {"batch": ONE},
    "with replacement": {"batch": Batch(1, replace=True)},
    "epochs of 20": {"batch": Batch(1), "rows": 20},
}
"""How an example is chosen for each step; the formula assumes independent choices."""
STEPS, DRIFT = 10_000, 0.01
CONSTANT = {f"constant, ε = {e}": optax.constant_schedule(e) for e in (0.05, 0.1, 0.2)}
# every τ is well below STEPS: otherwise the rate would be practically constant
ONE_OVER_K = {f"1/k, τ = {t}": optimizers.one_over_k(0.4, t) for t in (10, 100, 1000)}


@claim(
    source="notes",
    sentence="A constant learning rate stops at a noise floor, and suits a drifting "
    "target.",
)
def constant_schedule() -> Evidence:
    """Average late losses of a noisy quadratic, with a fixed and a moving optimum."""
    checks = []
    for (name, choice), rate in product(CHOICES.items(), RATES):
        what = f"floor of the suboptimality, {name}, ε = {rate:g}, float32"
        formula = None if "rows" in choice else near(floor(rate), rel=0.05)
        checks.append(Check(what, settled(optimizers.sgd(rate), **choice), formula))
    panels, at = [], np.unique(np.geomspace(1, STEPS, 60).astype(int))
    problem = problems.make("quadratic", dimension=50, condition=3.0, noise=1.0)
    for optimum, drift in {"moving": DRIFT, "at rest": 0.0}.items():
        left = {
            name: losses(problem, drifting(rate, drift), STEPS)
            for name, rate in (ONE_OVER_K | CONSTANT).items()
        }
        ratio = best(left, ONE_OVER_K) / best(left, CONSTANT)
        what = f"suboptimality, best 1/k over best constant ε, the optimum {optimum}"
        checks.append(Check(what, ratio, above(1) if drift else None, unit="times"))
        curves = {name: (at, seeds[0, at - 1]) for name, seeds in left.items()}
        x = f"step, the optimum {optimum}"
        panels.append(lines(curves, x, "suboptimality", x_log=True))
    return Evidence(checks, stacked(*panels))


def drifting(rate: optax.Schedule, drift: float) -> Any:
    """x_{k+1} = x_k - ε_k g_k + d, in coordinates that move with the optimum."""
    carry = optax.stateless_with_tree_map(lambda update, _: update + drift)
    return optax.chain(optimizers.sgd(rate), carry)


def best(left: dict[str, NDArray], names: Iterable[str]) -> NDArray:
    """Return the least final suboptimality of some schedules, float[seeds]."""
    return min((left[name][:, -1] for name in names), key=np.median)
