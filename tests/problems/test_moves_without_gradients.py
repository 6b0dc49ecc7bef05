"""No problem that ships is solved by moves that look at no gradient."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

import problems
from bench.config.sets import expanded

from .moves import POINTS, goal, moves

CONFIGS = sorted(Path("configs").rglob("*.toml"))
MOST_ROWS = 1000
SMALLER = {
    "heavy_tailed_softmax": {"rows": 300, "columns": 10, "classes": 12},
    "recurrent": {"rows": 100},
    "softmax_regression": {"held_out": 0.8},
    "matrix_factorisation": {"rows": 99},
    "convnet": {"held_out": 0.9},
    "mnist1d": {"rows": 200},
}
NOT_SETTINGS = ("name", "label", "class", "target", "batch", "grid", "size")
COMPARED = "standing"
"""The config whose sets are no others than their problems: optimizers are ranked."""
METRICS = {"accuracy": -1.0, "relative_error": 1.0, "x_distance": 1.0}
"""The metrics of targets, and the sign with which less of them is better."""

Case = tuple[str, dict[str, Any], dict[str, Any] | None]


def _shipped() -> Iterator[tuple[str, Case]]:
    """Yield a problem's settings and target by a name, each pair once."""
    for name in problems.names():
        yield name, (name, SMALLER.get(name, {}), None)
    for path in CONFIGS:
        config = tomllib.loads(path.read_text())
        if path.stem == COMPARED:
            config = expanded(config).plain
        for place, entry in enumerate(config["problems"]):
            if "set" in entry:  # published problems, some of which such moves solve
                continue
            own = {k: v for k, v in entry.items() if k not in NOT_SETTINGS}
            own = SMALLER.get(entry["name"], {}) | own
            if own.get("rows", 0) > MOST_ROWS:
                own["rows"] = MOST_ROWS
            target = entry.get("target", config.get("budget", {}).get("target"))
            if target is not None:
                yield f"{path.stem}-{place}", (entry["name"], own, target)


def _once() -> dict[str, Case]:
    cases = {repr(case): (name, case) for name, case in _shipped()}
    return dict(cases.values())


CASES = _once()


def metric_of(target: dict[str, Any] | None) -> tuple[str, Any] | None:
    """Return the metric of a target and its levels; None if it is of the loss."""
    target = target or {}
    if "metric" in target:
        return target["metric"], target.get("above", target.get("below"))
    return next(((k, v) for k, v in target.items() if k in METRICS), None)


def least_reached(
    problem: Any, target: dict[str, Any] | None = None
) -> tuple[float, dict[str, float]]:
    """Return the loss at the start, and the least that each kind of move reaches.

    If the target is of a metric, the metric of some held-out examples takes its place.
    """
    start, unravel = ravel_pytree(problem.init(jax.random.key(0)))
    metric = metric_of(target)

    def scored(problem, point):
        name = metric[0]
        if name == "x_distance":
            return problems.x_distance(problem, point)
        some = problem.held_out.take(jnp.arange(min(100, problem.held_out.count)))
        return METRICS[name] * problem.metrics(point, some)[name]

    @jax.jit
    def losses(problem, points):
        points = jax.vmap(unravel)(points)
        if metric:
            return jax.vmap(scored, (None, 0))(problem, points)
        return problems.objective(problem).values(points)

    def least(points: Any) -> float:
        found = losses(problem, jnp.asarray(points, start.dtype))
        return float(jnp.nanmin(found))

    return float(losses(problem, jnp.tile(start, (POINTS, 1)))[0]), {
        kind: min(map(least, points)) for kind, points in moves(start).items()
    }


def goals(problem: Any, target: dict[str, Any] | None, start: float) -> list[float]:
    """Return the losses of a target, or its values where less of them is better."""
    if metric := metric_of(target):
        return list(METRICS[metric[0]] * np.atleast_1d(metric[1]))
    optimum = problem.optimum() or 0.0
    if target is None:
        size = sum(x.size for x in jax.tree.leaves(problem.init(jax.random.key(0))))
        return [goal(start, optimum, size)]
    ((kind, stated),) = target.items()
    levels = np.atleast_1d(stated)
    if kind == "relative_suboptimality":
        return list(optimum + levels * (start - optimum))
    return list(levels + (optimum if kind == "suboptimality" else 0.0))


@pytest.mark.parametrize("case", CASES)
def test_moves_without_gradients_reach_no_target(case):
    name, settings, target = CASES[case]
    problem = problems.make(name, **settings)
    start, reached = least_reached(problem, target)
    for kind, loss in reached.items():
        assert loss > max(goals(problem, target, start)), kind


def test_shrinking_solves_a_quadratic_whose_minimiser_is_at_0():
    problem = problems.make("quadratic", distance=0.0)
    start, reached = least_reached(problem)
    assert reached["shrinking"] <= min(goals(problem, None, start))
