"""Variance of a minibatch's gradient against its size, with and without replacement."""

from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

import problems

from ...measuring.batches import pick
from ...planning.spec import Batch
from ...statistics.intervals import interval
from ..claim import Form, Number, Verdict, by_agreement
from ..draw import lines

PROBLEM = {"rows": 1000, "columns": 10, "condition": 10.0, "held_out": 0.0}
SIZES = (1, 5, 20, 100, 500)
"""All divide the rows: another size has batches that are the end of one epoch and the
beginning of the next, two independent draws."""
ACROSS = 900
"""Such a size, which shows what that does."""
SEEDS, BATCHES = 10, 1000

judge = partial(
    by_agreement,
    relative=0.05,
    condition="examples are drawn with replacement; without, it is (n-B)/(n-1) of that",
)
"""Slopes and variances agree within 5 % or have the prediction in their interval."""


def run(full: bool, folder: Path | None) -> Verdict:
    """Take gradients of a logistic regression at its start, in float32."""
    del full, folder
    problem = problems.make("logistic_regression", **PROBLEM)
    one, rows = _of_one_example(problem), problem.train.count
    seen = {
        replace: np.stack([_variances(problem, Batch(b, replace)) for b in SIZES]) / one
        for replace in (True, False)
    }
    numbers = [_slope(replace, found) for replace, found in seen.items()]
    for replace, found in seen.items():
        for size, variances in zip(SIZES, found, strict=True):
            exact = exactly(size, rows, replace)
            numbers.append(_at("as it stands", replace, size, 1 / size, variances))
            numbers.append(_at("repaired", replace, size, exact, variances))
    across = _variances(problem, Batch(ACROSS)) / one
    exact = exactly(ACROSS, rows, False)
    numbers.append(_at("beside", False, ACROSS, exact, across))
    return Verdict(
        judge(numbers), _finding(numbers), numbers, partial(_draw, seen, rows)
    )


def exactly(size: int, rows: int, replace: bool) -> float:
    """Variance over that of one example.

    1/B with replacement. Without, a examples of one epoch and B - a of the next have
    (a (n - a) + (B - a) (n - B + a)) / (n - 1) / B², which is (1/B) (n - B)/(n - 1)
    where B divides n; the mean over a batch's possible places.
    """
    if replace:
        return 1 / size
    left = rows - np.arange(rows) * size % rows
    first = np.minimum(left, size)
    rest = size - first
    drawn = first * (rows - first) + rest * (rows - rest)
    return float(np.mean(drawn / (rows - 1) / size**2))


def _of_one_example(problem: Any) -> float:
    """Return (1/n) Σ_i ‖g_i - g‖², at the start point."""
    params = problem.init(jax.random.key(0))
    each = jax.vmap(jax.grad(lambda p, x: problem.loss(p, x)), (None, -1))
    singles = jax.tree.map(lambda x: x[..., None, :], problem.train)
    gradients = each(params, singles)
    return float(jnp.sum(jnp.var(gradients, axis=0)))


def _variances(problem: Any, batch: Batch) -> NDArray:
    """Return the mean over batches of ‖g_B - g‖², float[seeds]."""
    params = problem.init(jax.random.key(0))
    gradient = jax.grad(problems.objective(problem))(params)

    def square(key: jax.Array, step: jax.Array) -> jax.Array:
        examples = pick(batch, problem, key, step)
        noisy = jax.grad(problems.objective(problem, examples))(params)
        return jnp.sum(jnp.square(noisy - gradient))

    def seeded(seed: jax.Array) -> jax.Array:
        squares = partial(square, jax.random.key(seed))
        return jax.lax.map(squares, jnp.arange(BATCHES)).mean()

    return np.asarray(jax.jit(partial(jax.lax.map, seeded))(jnp.arange(SEEDS)))


def _at(form: Form, replace: bool, size: int, share: float, seen: NDArray) -> Number:
    what = f"variance over that of one example, {_words(replace)}, B = {size}"
    return Number(form, what, share, *interval(seen)[:3])


def _slope(replace: bool, seen: NDArray) -> Number:
    slopes = np.polyfit(np.log(SIZES), np.log(seen), 1)[0]
    what = f"slope of log variance against log B, {_words(replace)}"
    return Number("as it stands", what, -1.0, *interval(slopes)[:3])


def _words(replace: bool) -> str:
    return "with replacement" if replace else "without replacement"


def _finding(numbers: list[Number]) -> str:
    slopes = [n.measured for n in numbers if "slope" in n.what]
    off = max(
        abs(n.measured / n.predicted - 1) for n in numbers if n.form == "repaired"
    )
    last = next(n for n in reversed(numbers) if n.form == "as it stands")
    return (
        f"The variance falls with the power {slopes[0]:.3f} of B with replacement and "
        f"{slopes[1]:.3f} without, where at B = {SIZES[-1]} of "
        f"{PROBLEM['rows']:,} it is {last.measured / last.predicted:.2g} of 1/B. From "
        f"(n - B)/(n - 1)/B and 1/B it differs by at most {off:.1%}."
    )


def _draw(seen: dict[bool, NDArray], rows: int, figure: Any) -> None:
    lines(
        figure,
        {_words(replace): (SIZES, np.median(v, axis=1)) for replace, v in seen.items()},
        "examples of a batch, B",
        "variance of the gradient over that of one example",
        x_log=True,
        dots=True,
        dashed={
            "1/B": (SIZES, [exactly(b, rows, True) for b in SIZES]),
            "(n - B)/(n - 1)/B": (SIZES, [exactly(b, rows, False) for b in SIZES]),
        },
    )
