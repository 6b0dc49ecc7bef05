"""The cost of the best step of a given length, and its gain over the gradient's."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import inf
from textwrap import fill
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
from scipy.optimize import minimize

import bench
import problems
from optimizers import least_on_ball

from .. import Check, Evidence, claim, lines, within

SHARES = [0.01, 0.03, 0.1, 0.3, 1.0, 1.5]
"""Lengths η over the distance D from the start to the optimum."""
LEFT = 1e-6
"""Share of the loss's fall from start to optimum that may remain."""
CONFIG = """
name = "steps"
dtype = "float64"
every_step = true
budget = { steps = 400, target = { suboptimality = 1e-9 } }
optimizers = [{ name = "calculated_step" }, { name = "lbfgs" }]
[[problems]]
"""
LOGISTIC = """
name = "logistic_regression"
rows = 500
columns = 20
condition = 10.0
l2 = 0.01
held_out = 0.0
"""
SPHERES = f"""
name = "claims.step.best_finite_step:sphere"
grid = {{ share = {SHARES}, start_seed = {list(range(10))} }}
"""
SHARE, START = "problem.settings.share", "problem.settings.start_seed"
COSTS = {
    "calculated_step": "gradients of the best step over training's, exact line steps",
    "lbfgs": "gradients of the best step over training's, L-BFGS",
}
GAINS = (
    "fall of the loss by the gradient's step over the best's",
    "fall of the loss by the model's best step over the best's",
)


@claim(
    source="step",
    sentence="Finding the best step of a given finite length is as hard as training.",
    condition="the step is as long as the way to the optimum, or longer",
)
def best_finite_step() -> Evidence:
    """Train a logistic regression, and find best steps from its starts, in float64.

    It is as hard if it takes at least half of the gradients, by the same method.
    """
    training = bench.experiment(CONFIG + LOGISTIC, "seeds=10")
    spheres = bench.experiment(CONFIG + SPHERES)
    starts = training.trials.groupby("seed").start_loss.first()
    whole, steps = _gradients(training, starts), _gradients(spheres, starts)
    least = spheres.trials.groupby([SHARE, START]).optimum.first()
    samples = {}
    for share in SHARES:
        # one more gradient, which determines the search's start on the sphere
        ratios = (steps.loc[share] + 1) / whole.loc[0.0]
        samples[share] = {what: ratios[method] for method, what in COSTS.items()}
        samples[share] |= zip(GAINS, _gains(share, least.loc[share]), strict=True)
    checks = [check for share in SHARES for check in _checks(share, samples[share])]
    curves = {
        fill(what, 31): (SHARES, [bench.median(samples[s][what]) for s in SHARES])
        for what in (*COSTS.values(), *GAINS)
    }
    labels = "step length η / distance D to the optimum", "ratio"
    plot = lines(curves, *labels, x_log=True, y_log=False, dots=True, ylim=(0, None))
    return Evidence(checks, plot)


def _gradients(run: bench.Run, starts: pd.Series) -> pd.DataFrame:
    """Return gradients to the target by length and start, with a column per method.

    Length 0 stands for the whole training. The fall is from the loss at the centre.
    """
    trials: Any = run.trials.set_index("key")
    trials = trials.assign(**{SHARE: 0.0, START: trials.seed} | dict(trials))
    allowed = LEFT * (trials[START].map(starts) - trials.optimum)
    keys = run.traces.key.astype(str)
    enough = run.traces.suboptimality <= keys.map(allowed)
    gradients = run.traces.gradient.where(enough, inf).groupby(keys).min()
    trials = trials.assign(gradients=gradients)
    return trials.pivot(index=[SHARE, START], columns="label", values="gradients")


def _gains(share: float, least: Any) -> np.ndarray:
    """Falls over the best step's, float[2, seeds], in the order of `GAINS`."""
    rows = []
    with jax.enable_x64(True):
        for seed, loss in least.items():
            start, gained = falls(sphere(share=share, start_seed=seed))
            rows.append(gained / (start - loss))
    return np.array(rows).T


def _checks(share: float, samples: dict[str, Any]) -> Iterator[Check]:
    for what, values in samples.items():
        hard = within(1 / 2) if what in COSTS.values() else None
        yield Check(f"{what}, η = {share:g} D", values, hard)
        if hard and share >= 1:
            yield Check(f"{what}, η = {share:g} D", values, hard, "repaired")


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Sphere:
    """f(c + η s/‖s‖), least over s: the best step of length η from c.

    Attributes:
        inner: The problem whose training loss is f.
        centre: c, float[n].
        radius: η, float[].
    """

    inner: Any
    centre: jax.Array
    radius: jax.Array
    held_out = None

    @property
    def train(self) -> problems.Examples:
        """Return the examples of f."""
        return self.inner.train

    def init(self, key: jax.Array) -> jax.Array:
        """Return the step of length η along the gradient."""
        _, slope = _value_and_gradient(self.inner, self.centre)
        return -self.radius * slope / jnp.linalg.norm(slope)

    def loss(self, params: jax.Array, examples: problems.Examples) -> jax.Array:
        """Return f at the point of the sphere in direction s, float[]."""
        step = self.radius * params / jnp.linalg.norm(params)
        return self.inner.loss(self.centre + step, examples)

    def certificate(self) -> None:
        """Return None: the search below is no proof for long η."""

    def optimum(self) -> float:
        """Return the least loss of BFGS from five starts; f on it is not convex."""
        starts = np.random.default_rng(0).normal(size=(5, self.centre.size))
        starts[0] = self.init(jax.random.key(0))
        return min(_least(self, start).fun for start in starts)


def sphere(*, share: float, start_seed: int) -> Sphere:
    """Make a sphere around a start of the logistic regression, η a share of D."""
    problem, optimum = _logistic()
    centre = problem.init(jax.random.key(start_seed))
    return Sphere(problem, centre, share * jnp.linalg.norm(centre - optimum))


@jax.jit
def falls(on: Sphere) -> tuple[jax.Array, jax.Array]:
    """Return f at the centre, and its falls by the gradient's and the model's step."""
    objective = problems.objective(on.inner)
    value, slope = jax.value_and_grad(objective)(on.centre)
    values, vectors = jnp.linalg.eigh(objective.hessian(on.centre))
    best = vectors @ least_on_sphere(values, vectors.T @ slope, on.radius)
    steps = jnp.stack([-on.radius * slope / jnp.linalg.norm(slope), best])
    return value, value - objective.values(on.centre + steps)


def least_on_sphere(
    values: jax.Array, gradient: jax.Array, radius: jax.Array
) -> jax.Array:
    """argmin gᵀs + ½ Σ λ_i s_i² over ‖s‖ = η, in the basis of the eigenvectors.

    On the sphere ½ c ‖s‖² is constant, so H may be shifted until it is indefinite; then
    the least value on the ball is on its sphere.

    Args:
        values: λ, float[n], ascending.
        gradient: g, float[n].
        radius: η, float[].
    """
    shift = values[0] + jnp.maximum(1, jnp.max(jnp.abs(values)))
    return least_on_ball(values - shift, gradient, radius)


@jax.jit
def _value_and_gradient(problem: Any, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    return jax.value_and_grad(problems.objective(problem))(x)


@cache
def _logistic() -> tuple[Any, np.ndarray]:
    """Return the problem and its optimum."""
    problem = problems.make(dtype="float64", **tomllib.loads(LOGISTIC))
    return problem, _least(problem, np.zeros(len(problem.train.inputs))).x


def _least(problem: Any, start: np.ndarray) -> Any:
    def both(x: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(map(np.asarray, _value_and_gradient(problem, x)))

    return minimize(both, start, jac=True, method="BFGS", options={"gtol": 1e-10})
