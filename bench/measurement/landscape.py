"""The losses of a problem with two parameters on a grid, for pictures."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from numpy.typing import NDArray

import problems

from ..core.metrics import COORDINATES
from ..core.spec import Spec
from .runtime import Runtime, context

SIDE = 121
"""Points on a side of the grid."""
STARTS = 16
"""Seeds of the starts that the grid holds."""
MARGIN = 0.6
"""Of the grid around starts and minimisers, as a share of its longer side."""
UNLIKE = 8
"""Ratio of the sides from which each has its own scale."""
MOST_EXAMPLES = 10_000
"""Training examples up to which a problem is evaluated on a grid."""


def landscape(runtime: Runtime, spec: Spec) -> dict[str, Any] | None:
    """Return the training loss on a grid, in plain values.

    The grid holds the starts of some seeds and the known minimisers. What trials did
    does not change it.

    Args:
        runtime: Where the problem is kept.
        spec: Any trial on the problem.

    Returns:
        `x1` and `x2`, the grid's ends; `minimisers`; and `loss`, by x2, then by x1.
        None if the problem has not two parameters, carries a state, or has more than
        `MOST_EXAMPLES` examples.
    """
    with context(spec, runtime.device):
        problem = runtime.problem(spec)
        start = problems.start(problem, jax.random.key(0))
        flat, unravel = ravel_pytree(problems.params_of(start))
        if flat.size != len(COORDINATES) or problems.is_stateful(problem):
            return None
        if problem.train.count > MOST_EXAMPLES:
            return None
        known = _minimisers(problem)
        seeds = [spec.seed, *range(STARTS)]
        starts = [ravel_pytree(problem.init(jax.random.key(s)))[0] for s in seeds]
        box = _box(np.array([*map(np.asarray, starts), *known], np.float64))
        losses = _losses(problem, unravel, box, flat.dtype)
    return {
        **dict(zip(COORDINATES, box, strict=True)),
        "minimisers": known,
        "loss": losses,
    }


def _minimisers(problem: Any) -> list[list[float]]:
    known = problem.minimisers() if problems.has_minimisers(problem) else ()
    return [[float(x) for x in point] for point in known]


def _box(points: NDArray) -> list[list[float]]:
    """Return the ends of the grid along each axis."""
    low, high = points.min(axis=0), points.max(axis=0)
    longer = max(float((high - low).max()), 1e-3)
    span = high - low
    apart = (span > 1e-6 * longer) & (span * UNLIKE < longer)  # of other scales
    half = np.maximum(span / 2, longer / 4) + MARGIN * longer
    half = np.where(apart, (0.5 + MARGIN) * span, half)
    middle = (low + high) / 2
    return [[float(m - h), float(m + h)] for m, h in zip(middle, half, strict=True)]


def _losses(
    problem: Any, unravel: Any, box: Sequence[Sequence[float]], dtype: Any
) -> list[list[float | None]]:
    across, up = (np.linspace(low, high, SIDE) for low, high in box)
    points = jnp.asarray(np.stack(np.meshgrid(across, up), axis=-1), dtype)

    def row(problem: Any, points: Any) -> Any:
        def loss(x: Any) -> Any:
            return problems.evaluated_loss(problem, unravel(x), problem.train)

        return jax.vmap(loss)(points)

    def rows(problem: Any, points: Any) -> Any:
        return jax.lax.map(lambda each: row(problem, each), points)

    found = np.asarray(jax.jit(rows)(problem, points), np.float64)
    return [[float(f"{x:.6g}") if np.isfinite(x) else None for x in r] for r in found]
