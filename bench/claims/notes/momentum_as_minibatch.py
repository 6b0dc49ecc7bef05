"""Momentum and minibatches of equal effective learning rate, side by side."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import optimizers
import problems

from ...measuring.batches import pick
from ...planning.spec import Batch
from ...running.in_process import experiment
from ...statistics.intervals import interval
from ..claim import Number, Verdict, by_agreement
from ..draw import lines
from .noise_floor import CURVATURES, floor, tails

PROBLEM = {"dimension": 100, "condition": 3.0, "noise": 1.0}
SIZES = {0.5: 3, 0.9: 19}
"""α and B = (1+α)/(1-α), which take as much noise out of a step's direction."""
CONFIG = """
name = "momentum-as-minibatch"
seeds = 10
budget = { steps = 3000 }
[[problems]]
name = "quadratic"
dimension = 100
condition = 3.0
noise = 1.0
[[optimizers]]
name = "momentum"
form = "average"
batch = { size = 1, stream = true }
[optimizers.grid]
learning_rate = [0.02, 0.2, 1.6]
decay = [0.5, 0.9]
[[optimizers]]
name = "sgd"
[optimizers.grid]
learning_rate = [0.02, 0.2, 1.6]
batch = [
  { size = 1, stream = true },
  { size = 3, stream = true },
  { size = 19, stream = true },
]
"""
RATE, DECAY = "optimizer.settings.learning_rate", "optimizer.settings.decay"

judge = partial(
    by_agreement,
    relative=0.05,
    condition="it is the noise of a step's direction that is compared, not the floor",
)
"""Both stop at the same floor, within 5 % or the interval; or a step's noise is so."""


def run(full: bool, folder: Path | None) -> Verdict:
    """Compare floors, and the noise of directions at one point, in float32."""
    del full, folder
    trials: Any = tails(experiment(CONFIG))
    settings = trials.fillna({DECAY: 0.0}).groupby([DECAY, "batch.size", RATE])
    left = {setting: interval(mine.left)[:3] for setting, mine in settings}
    numbers = [
        *(_stands(d, e, seen) for (d, _, e), seen in left.items() if d),
        *(_direction(decay) for decay in SIZES),
        *(_formula(d, b, e, seen) for (d, b, e), seen in left.items()),
    ]
    return Verdict(judge(numbers), _finding(numbers), numbers, partial(_draw, left))


def _stands(decay: float, rate: float, seen: tuple) -> Number:
    """The floor of momentum beside that of its minibatch."""
    size = SIZES[decay]
    predicted = floor(rate, CURVATURES, size**-0.5)
    what = f"floor, {_words(decay, 1)}, against that of B = {size}, ε = {rate:g}"
    return Number("as it stands", what, predicted, *seen)


def _formula(decay: float, size: int, rate: float, seen: tuple) -> Number:
    """A floor beside its own formula."""
    predicted = floor(rate, CURVATURES, size**-0.5, decay)
    what = f"floor, {_words(decay, size)}, by its own formula, ε = {rate:g}"
    return Number("beside", what, predicted, *seen)


def _direction(decay: float) -> Number:
    """Variance of momentum's m about the gradient, beside that of its minibatch."""
    size = SIZES[decay]
    average: Any = optimizers.make(
        "momentum", learning_rate=1.0, decay=decay, form="average"
    )
    sgd: Any = optimizers.make("sgd", learning_rate=1.0)
    batches = float(np.median(_variances(sgd, size)))
    seen = interval(_variances(average, 1))
    what = f"noise of a direction, {_words(decay, 1)}, against that of B = {size}"
    return Number("repaired", what, batches, *seen[:3])


def _variances(
    optimizer: Any, size: int, seeds: int = 10, steps: int = 2000
) -> NDArray:
    """Return the variance of an axis of -u about the gradient, at one point for all."""
    problem = problems.make("quadratic", **PROBLEM)
    params = problem.init(jax.random.key(0))
    gradient = jax.grad(problems.objective(problem))(params)

    def step(carry: tuple, number: jax.Array) -> tuple:
        key, state = carry
        examples = pick(Batch(size, stream=True), problem, key, number)
        noisy = jax.grad(problems.objective(problem, examples))(params)
        updates, state = optimizer.update(noisy, state, params)
        return (key, state), jnp.mean((updates + gradient) ** 2)

    def seeded(seed: jax.Array) -> jax.Array:
        start = jax.random.key(seed), optimizer.init(params)
        squares = jax.lax.scan(step, start, jnp.arange(steps))[1]
        return squares[steps // 2 :].mean()

    return np.asarray(jax.jit(jax.vmap(seeded))(jnp.arange(seeds)))


def _words(decay: float, size: int) -> str:
    return f"momentum α = {decay:g}" if decay else f"SGD of B = {size}"


def _finding(numbers: list[Number]) -> str:
    over = [n.measured / n.predicted for n in numbers if n.form == "as it stands"]
    noise = [n for n in numbers if n.form == "repaired"]
    said = ", ".join(f"{n.measured:.3f} ({n.predicted:.3f})" for n in noise)
    return (
        f"At equal effective learning rates the floor of momentum is {min(over):.3g} "
        f"to {max(over):.3g} times that of its minibatch. A step's direction has as "
        f"little noise, the minibatch's in brackets: {said}, of 1 an example."
    )


def _draw(left: dict[tuple, tuple], figure: Any) -> None:
    rates = sorted({rate for _, _, rate in left})
    names = dict.fromkeys((decay, size) for decay, size, _ in left)
    lines(
        figure,
        {
            _words(*name): (rates, [left[*name, rate][0] for rate in rates])
            for name in names
        },
        "effective learning rate ε",
        "floor of the suboptimality",
        x_log=True,
        dots=True,
    )
