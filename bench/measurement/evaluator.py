"""The evaluation of points off the clock: losses, gradient norms and metrics."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

import problems

from ..core import metrics
from .arrays import size_in_bytes
from .clock import loss_type
from .executables import Kept


class Parts(NamedTuple):
    """What is evaluated at a point.

    Attributes:
        loss: The training loss.
        gradient_norm: Of the training loss.
        held_out: Loss and metrics of the held-out examples, if there are any.
        train: Metrics of the training examples.
    """

    loss: bool = True
    gradient_norm: bool = True
    held_out: bool = True
    train: bool = False


class Evaluation(NamedTuple):
    """A point's values as columns of a trace.

    Attributes:
        values: By column.
        finite: Whether the point is, and its training loss if that was evaluated.
        parts: What was evaluated.
    """

    values: dict[str, float]
    finite: bool
    parts: Parts = Parts()

    @property
    def loss(self) -> float:
        """Return the training loss."""
        return self.values["loss"]


class Evaluator:
    """Evaluates problems at points, with one compilation for each problem.

    Gradient norms have another, made for the first that is asked for.

    Attributes:
        most: Points that one call evaluates.
    """

    most = 16

    def __init__(self):
        self._evaluate = Kept(_evaluate)
        self._norms = Kept(_norms)
        self._loss = Kept(_loss)
        self._exact = Kept(_exact)
        self._on = {split: Kept(partial(on, split)) for split in metrics.SPLITS}

    def __call__(self, problem, params) -> Evaluation:
        """Return `loss`, `gradient_norm`, and what the held-out examples say."""
        return self.many(problem, [params])[0]

    def many(
        self, problem, points: Sequence[Any], parts: Sequence[Parts] | None = None
    ) -> list[Evaluation]:
        """Return the same for several points, by as few calls as hold them.

        A point's values do not depend on the others.

        Args:
            problem: The problem.
            points: Each as `problems.evaluation` takes it.
            parts: What is evaluated at each of them.
        """
        each = parts or [Parts()] * len(points)
        width, found = _width(points[0]), []
        for first in range(0, len(points), width):
            at = slice(first, first + width)
            found += self._call(problem, points[at], each[at], width)
        return found

    def _call(
        self, problem, points: Sequence[Any], parts: Sequence[Parts], width: int
    ) -> list[Evaluation]:
        """Evaluate up to `width` points."""
        padded, each = _padded(points, width), _padded(parts, width)
        used = ["loss", *(["held_out"] if problem.held_out is not None else [])]
        used += ["train"] if any(part.train for part in parts) else []
        flags = {name: np.array([getattr(p, name) for p in each]) for name in used}
        count = np.int32(len(points))
        rows = jax.device_get(self._evaluate(problem, count, padded, flags))
        found = [_evaluation(rows, place, part) for place, part in enumerate(parts)]
        wanted = np.array([part.gradient_norm for part in each])
        if wanted[: len(points)].any():
            norms = jax.device_get(self._norms(problem, count, padded, wanted))
            for seen, norm in zip(found, norms.tolist(), strict=False):
                if seen.parts.gradient_norm:
                    seen.values["gradient_norm"] = norm
        return found

    def on(self, problem, point, split: str) -> dict[str, float]:
        """Return loss and metrics of some of the problem's examples, by column.

        Args:
            problem: The problem.
            point: As `problems.evaluation` takes it.
            split: Which examples: `train`, `held_out` or `validation`.
        """
        found = jax.device_get(self._on[split](problem, point))
        return {metrics.column(split, name): float(x) for name, x in found.items()}

    def loss(self, problem, params) -> float:
        """Return the training loss alone."""
        return float(self._loss(problem, params))

    def exact(self, problem, point) -> float | None:
        """Return the training loss in float64, on unchanged data.

        With float64 params, every product with them is computed in float64. None if
        a user's own functions take no float64 params, or are random.
        """
        with jax.enable_x64(True):
            wide = jax.tree.map(_widened, point)
            if not hasattr(problem, "in_float64"):
                return float(self._loss(problem, wide))
            if problem.evaluates_at_random:  # other numbers are drawn in float64
                return None
            try:
                loss = self._exact(problem, wide)
            except (TypeError, ValueError):  # as of a layer of a fixed dtype
                return None
            return float(loss) if loss.dtype == jnp.float64 else None


MOST_STACKED = 2**21
"""Most bytes of the points of one call, if they are more than one."""


def _width(params) -> int:
    """Return the number of points of a call, the same for all calls on a problem."""
    size = max(1, size_in_bytes(params))
    return max(1, min(Evaluator.most, MOST_STACKED // size))


def _padded(points: Sequence[Any], width: int) -> tuple:
    return tuple(points) + (points[-1],) * (width - len(points))


def metric_names(problem: Any, point: Any) -> list[str]:
    """Return the names of a problem's metrics, sorted; the loss is none of them.

    The distance to known minimisers is.
    """
    if getattr(problem, "metrics", None) is None and not problems.has_minimisers(
        problem
    ):
        return []
    shapes = jax.eval_shape(partial(on, metrics.TRAIN), problem, point)
    return sorted(name for name in shapes if name != metrics.LOSS)


def _evaluation(rows: dict[str, Any], place: int, parts: Parts) -> Evaluation:
    """Return the values of the parts that were evaluated at a point."""
    values = {name: float(column[place]) for name, column in rows.items()}
    finite = bool(values.pop(_FINITE))
    wanted = {name: x for name, x in values.items() if _is_in(parts, name)}
    return Evaluation(wanted, finite, parts)


_FINITE = "finite"


_OF_PARAMS = (metrics.X_DISTANCE, *metrics.COORDINATES)
"""The columns of the params alone, which cost next to nothing and are in each part."""


def _is_in(parts: Parts, column: str) -> bool:
    """Return whether a column is in one of these parts."""
    if column in _OF_PARAMS:
        return True
    part = "loss" if column == metrics.LOSS else metrics.placed(column)[0]
    return getattr(parts, part)


def _widened(leaf: Any) -> Any:
    is_float = jnp.issubdtype(leaf.dtype, jnp.floating)
    return jnp.asarray(leaf, jnp.float64) if is_float else leaf


def _loss(problem, point):
    ordinary, params = problems.at_point(problem, point)
    return problems.evaluated_loss(ordinary, params, problem.train)


def _exact(problem, point):
    return _loss(problem.in_float64(), point)


def on(split, problem, point):
    """Return loss and metrics of some of the problem's examples, by name."""
    found = problems.evaluation(problem, point, getattr(problem, split))
    return found | (_distance(problem, point) if split == metrics.TRAIN else {})


def _distance(problem, point):
    """Return the distance to the nearest minimiser, if any is known."""
    if not problems.has_minimisers(problem):
        return {}
    return {metrics.X_DISTANCE: problems.x_distance(problem, point)}


def _of_params(problem, point):
    """Return the columns of the params alone."""
    flat, _ = ravel_pytree(problems.params_of(point))
    here = zip(metrics.COORDINATES, flat, strict=True) if flat.size == 2 else ()
    return _distance(problem, point) | dict(here)


def _evaluate(problem, count, points, flags):
    """Return float[points] by column, the values of the first `count` points.

    A loop, so that the program is compiled for one point, each point's values are those
    that it has alone, and no time is spent on points that only fill the call, nor on
    parts whose flags, bool[points], are not set.
    """
    dtype = loss_type(points[0])

    def of(point, i):
        wanted = {name: flag[i] for name, flag in flags.items()}
        return _values(problem, point, wanted, dtype)

    return _each(of, count, points)


def _norms(problem, count, points, wanted):
    """Return float[points], the gradient norms where they are wanted, else 0."""
    dtype = loss_type(points[0])

    def of(point, i):
        return _if(wanted[i], lambda: _gradient_norm(problem, point), dtype)

    return _each(of, count, points)


def _each(of, count, points):
    """Return of(point, its place) for each of the first `count` points."""
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *points)

    def at(i):
        return of(jax.tree.map(lambda leaf: leaf[i], stacked), i)

    def written(i, done):
        return jax.tree.map(lambda column, x: column.at[i].set(x), done, at(i))

    shapes = jax.eval_shape(at, count)
    blank = jax.tree.map(lambda x: jnp.zeros((len(points), *x.shape), x.dtype), shapes)
    return jax.lax.fori_loop(0, count, written, blank)


def _values(problem, point, wanted, dtype):
    """Return whether all is finite, and all columns; 0 where a part is not wanted."""

    def loss():
        return {metrics.LOSS: _loss(problem, point)}

    def held_out():
        found = on(metrics.HELD_OUT, problem, point)
        return {metrics.column(metrics.HELD_OUT, name): x for name, x in found.items()}

    def train():
        found = on(metrics.TRAIN, problem, point)
        columns = {metrics.column(metrics.TRAIN, name): x for name, x in found.items()}
        known = (metrics.LOSS, *_OF_PARAMS)
        return {name: x for name, x in columns.items() if name not in known}

    values = {}
    for part in (loss, held_out, train):
        if part.__name__ in wanted:
            values |= _if(wanted[part.__name__], part, dtype)
    of_params = _of_params(problem, point)
    values |= {name: jnp.asarray(x, dtype) for name, x in of_params.items()}
    finite = jnp.isfinite(values[metrics.LOSS])
    for leaf in jax.tree.leaves(problems.params_of(point)):
        finite &= jnp.isfinite(leaf).all()
    return {_FINITE: finite, **values}


def _if(wanted, compute, dtype):
    """Return what is computed if it is wanted, in a dtype, else zeros of its shape."""

    def computed():
        return jax.tree.map(lambda x: jnp.asarray(x, dtype), compute())

    blank = jax.tree.map(
        lambda x: jnp.zeros(x.shape, x.dtype), jax.eval_shape(computed)
    )
    return jax.lax.cond(wanted, computed, lambda: blank)


def _gradient_norm(problem, point):
    dtype, params = loss_type(point), problems.params_of(point)
    gradient = jax.grad(
        lambda params: _loss(problem, problems.with_params(point, params))
    )(params)
    leaves = [leaf.astype(dtype) for leaf in jax.tree.leaves(gradient)]
    return jnp.sqrt(sum(jnp.sum(jnp.square(leaf)) for leaf in leaves))
