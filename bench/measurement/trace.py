"""The rows of a trial, and the evaluation of a point off the clock."""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import problems

from ..core.readings import READINGS, named
from ..store.trials import COLUMNS
from .arrays import size_in_bytes
from .clock import loss_type
from .executables import Kept
from .looks import Looks

EVERY_STEP_UP_TO = 100
SPACING = 1.01


class Trace:
    """Collects the results of chunks, and evaluations at some steps off the clock.

    Every step is recorded up to 100, then steps 1 % apart, the looks, and the last
    step: never a step because the clock was read there.

    Args:
        looks: The stated steps of evaluations.
        every_step: Record all steps.
        rows_need_evaluation: Whether only steps whose loss was evaluated off the clock
            are rows.
    """

    def __init__(
        self, looks: Looks, every_step: bool = False, rows_need_evaluation: bool = False
    ):
        self._looks, self._every_step = looks, every_step
        self._rows_need_evaluation = rows_need_evaluation
        self._rows: dict[int, dict[str, Any]] = {}
        self._evaluations: dict[int, dict[str, float]] = {}

    def add(
        self,
        step: int,
        clock: tuple[float, float],
        loss: np.ndarray,
        readings: np.ndarray,
        ended: bool = False,
    ) -> None:
        """Record a chunk of `n` steps.

        Args:
            step: The step of its first row.
            clock: Seconds before and after the chunk.
            loss: `float[n]`, before each of its steps.
            readings: `int[n + 1, kinds]`, before each of its steps and after the last,
                cumulative over the trial.
            ended: Whether it was the last.
        """
        start, end = clock
        kept = self.records(np.arange(step, step + len(loss) + 1))
        kept[-1] |= ended
        for row in np.flatnonzero(kept).tolist():
            self._write(
                step + row,
                start + (end - start) * (row / len(loss) if row else 0),
                row in (0, len(loss)),
                readings[row],
                float(loss[row]) if row < len(loss) else None,
            )

    def add_evaluation(self, step: int, values: dict[str, float]) -> None:
        """Add an evaluation off the clock at a recorded step."""
        self._evaluations[step] = self._evaluations.get(step, {}) | values

    def rows(self, optimum: float | None, examples: int) -> list[dict[str, Any]]:
        """Return the rows in order, each with all of `COLUMNS`.

        Args:
            optimum: The least loss, or None.
            examples: Examples that a call reads.
        """
        whole = []
        for step in sorted(self._rows):
            row = self._rows[step] | self._evaluated(step)
            if row["loss"] is not None:
                whole.append(_complete(row, optimum, examples))
        return whole

    def end_at(
        self,
        step: int,
        clock: tuple[float, bool],
        readings: np.ndarray,
        since: tuple[int, float],
    ) -> None:
        """Drop all rows from a step on, and record it as the last; it is evaluated.

        Args:
            step: The last step.
            clock: Its seconds, and whether they were measured.
            readings: int[kinds], before this step.
            since: The last step before it at which the clock was read, and its seconds.
        """
        self._rows = {s: row for s, row in self._rows.items() if s < step}
        began, before = since
        for place, row in self._rows.items():  # interpolated again, up to the last
            if place > began:
                share = (place - began) / (step - began)
                row["seconds"] = before + (clock[0] - before) * share
        self.insert(step, clock, readings)

    def insert(
        self, step: int, clock: tuple[float, bool], readings: np.ndarray
    ) -> None:
        """Record a step whose loss is evaluated; see `end_at`."""
        self._write(step, *clock, readings, None)

    def records(self, steps: np.ndarray) -> np.ndarray:
        """Return for consecutive steps whether each of them is recorded."""
        if self._every_step:
            return np.ones(len(steps), bool)
        near = (steps <= EVERY_STEP_UP_TO) | _on_grid(steps)
        return near | self._looks.among(steps)

    def _write(self, step, seconds, measured, readings, loss) -> None:
        row = {"step": step, "seconds": seconds, "measured": int(measured)}
        self._rows[step] = row | named(readings) | {"loss": loss}

    def _evaluated(self, step: int) -> dict[str, Any]:
        """Return an evaluation, with the step's own loss if it has one."""
        values = dict(self._evaluations.get(step, {}))
        if self._rows_need_evaluation:
            return {"loss": None} | values
        if self._rows[step]["loss"] is not None:
            values.pop("loss", None)
        return values


def _on_grid(steps: np.ndarray) -> np.ndarray:
    """Return which steps are nearest to 100 * 1.01^j, the same in every trial."""
    safe = np.maximum(steps, 1)
    power = np.round(np.log(safe / EVERY_STEP_UP_TO) / np.log(SPACING))
    return steps == np.round(EVERY_STEP_UP_TO * SPACING**power)


def _complete(row: dict[str, Any], optimum: float | None, examples: int) -> dict:
    above = None if optimum is None else row["loss"] - optimum
    calls = sum(row[kind] for kind in READINGS)
    whole = dict.fromkeys(COLUMNS) | row
    return whole | {"suboptimality": above, "examples": calls * examples}


class Evaluation(NamedTuple):
    """A point's values as columns of a trace, and whether they and it are finite."""

    values: dict[str, float]
    finite: bool

    @property
    def loss(self) -> float:
        """Return the training loss."""
        return self.values["loss"]


class Evaluator:
    """Evaluates problems at points, with one compilation for each problem.

    Attributes:
        most: Points that one call evaluates.
    """

    most = 16

    def __init__(self):
        self._evaluate = Kept(_evaluate)
        self._loss = Kept(_loss)
        self._exact = Kept(_exact)

    def __call__(self, problem, params) -> Evaluation:
        """Return `loss`, `gradient_norm`, and `held_out_loss` if there are examples."""
        return self.many(problem, [params])[0]

    def many(self, problem, points: Sequence[Any]) -> list[Evaluation]:
        """Return the same for several points, by as few calls as hold them.

        A point's values do not depend on the others.
        """
        width = _width(points[0])
        calls = [points[i : i + width] for i in range(0, len(points), width)]
        done = [
            self._evaluate(problem, np.int32(len(call)), _padded(call, width))
            for call in calls
        ]
        rows = np.concatenate(jax.device_get(done))
        kept = [i * width + j for i, call in enumerate(calls) for j in range(len(call))]
        return [_evaluation(*row) for row in rows[kept].tolist()]

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


def _evaluation(loss, norm, finite, held_out=None) -> Evaluation:
    values = {"loss": loss, "gradient_norm": norm}
    if held_out is not None:
        values["held_out_loss"] = held_out
    return Evaluation(values, bool(finite))


def _widened(leaf: Any) -> Any:
    is_float = jnp.issubdtype(leaf.dtype, jnp.floating)
    return jnp.asarray(leaf, jnp.float64) if is_float else leaf


def _loss(problem, point):
    ordinary, params = problems.at_point(problem, point)
    return problems.evaluated_loss(ordinary, params, problem.train)


def _exact(problem, point):
    return _loss(problem.in_float64(), point)


def _evaluate(problem, count, points):
    """Return float[points, columns], the values of the first `count` points.

    A loop, so that the program is compiled for one point, each point's values are those
    that it has alone, and no time is spent on points that only fill the call.
    """
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *points)
    columns = 3 + (problem.held_out is not None)

    def one(i, done):
        point = jax.tree.map(lambda leaf: leaf[i], stacked)
        return done.at[i].set(_values(problem, point, done.dtype))

    blank = jnp.zeros((len(points), columns), loss_type(points[0]))
    return jax.lax.fori_loop(0, count, one, blank)


def _values(problem, point, dtype):
    """Return loss, gradient norm, whether all is finite, and the held-out loss."""
    problem, params = problems.at_point(problem, point)
    loss, gradient = jax.value_and_grad(partial(_loss, problem))(params)
    wide = [leaf.astype(dtype) for leaf in jax.tree.leaves(gradient)]
    squares = [jnp.sum(jnp.square(leaf)) for leaf in wide]
    finite = jnp.isfinite(loss)
    for leaf in jax.tree.leaves(params):
        finite &= jnp.isfinite(leaf).all()
    values = [loss, jnp.sqrt(sum(squares)), finite]
    if problem.held_out is not None:
        values.append(problems.evaluated_loss(problem, params, problem.held_out))
    return jnp.stack([jnp.asarray(value, dtype) for value in values])
