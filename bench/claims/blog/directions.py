"""How the gradient's direction changes along a walk of gradient descent."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree

import optimizers
import problems

from ...statistics.intervals import interval


class Walk(NamedTuple):
    """How far SGD was from the least loss, and how its direction changed.

    Attributes:
        left: (f - f*) over its value at the start, float[seeds, steps].
        cosine: Between the gradient there and the next, float[seeds, steps].
    """

    left: np.ndarray
    cosine: np.ndarray


def walk(problem: Any, rate: float, steps: int, seeds: int = 10) -> Walk:
    """Walk by SGD from several starts."""
    objective = problems.objective(problem)
    sgd: Any = optimizers.make("sgd", learning_rate=rate)

    def step(carry: tuple, _: None) -> tuple[tuple, tuple]:
        params, state, gradient = carry
        loss = objective(params)
        updates, state = sgd.update(gradient, state, params)
        params = optax.apply_updates(params, updates)
        after = jax.grad(objective)(params)
        return (params, state, after), (loss, _cosine(gradient, after))

    def one(params: Any) -> tuple:
        start = params, sgd.init(params), jax.grad(objective)(params)
        return jax.lax.scan(step, start, None, steps)[1]

    starts = jax.vmap(problem.init)(jax.vmap(jax.random.key)(jnp.arange(seeds)))
    losses, cosines = map(np.asarray, jax.jit(jax.vmap(one))(starts))
    above = losses - (problem.optimum() or 0.0)
    return Walk(above / above[:, :1], cosines)


def _cosine(a: Any, b: Any) -> jax.Array:
    a, b = ravel_pytree(a)[0], ravel_pytree(b)[0]
    return jnp.vdot(a, b) / (jnp.linalg.norm(a) * jnp.linalg.norm(b))


def halves(left: Iterable[np.ndarray], seen: Iterable[np.ndarray]) -> list[Any]:
    """Return medians over the steps of two halves, each with its interval over seeds.

    The first half lasts while more than half of f - f* is left, the second until 1 %.
    """
    pairs = list(zip(left, seen, strict=True))
    first = interval(_median(y[x > 0.5]) for x, y in pairs)
    then = interval(_median(y[(x <= 0.5) & (x > 0.01)]) for x, y in pairs)
    return [first[:3], then[:3]]


def _median(seen: np.ndarray) -> float:
    return float(np.median(seen)) if len(seen) else np.nan
