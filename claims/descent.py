"""A plain loop of an optimizer, untimed and unmetered, that records each step."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax

import bench
import problems


def descend(
    problem: Any,
    optimizer: Any,
    steps: int,
    see: Callable[..., Any] = lambda *_: None,
    *,
    seeds: int = 10,
    batch: bench.Batch | None = None,
) -> tuple[Any, Any]:
    """x_{k+1} = x_k + u_k, from the start points of several seeds at once.

    Args:
        problem: As `problems.make` returns it.
        optimizer: As `optimizers.make` returns it.
        steps: Of each seed.
        see: (objective, before, after, gradient) -> what to record of a step; with
            batches the objective is that of the step's batch; the gradient is that
            before the step.
        seeds: Their number; they are 0, 1, 2, ...
        batch: The examples of a step; None for all.

    Returns:
        The last params, a tree of [seeds, ...], and the records,
        a tree of [seeds, steps, ...].
    """
    optimizer = optax.with_extra_args_support(optimizer)

    def step(carry: tuple, number: jax.Array) -> tuple:
        key, params, state = carry
        drawn = bench.pick_batch(batch, problem, key, number) if batch else None
        objective = problems.objective(problem, drawn)
        value, gradient = jax.value_and_grad(objective)(params)
        known = {"value": value, "grad": gradient, "value_fn": objective}
        updates, state = optimizer.update(gradient, state, params, **known)
        after = optax.apply_updates(params, updates)
        return (key, after, state), see(objective, params, after, gradient)

    def one(seed: jax.Array) -> tuple:
        key = jax.random.key(seed)
        params = problem.init(key)
        start = key, params, optimizer.init(params)
        carry, seen = jax.lax.scan(step, start, jnp.arange(steps))
        return carry[1], seen

    return jax.jit(jax.vmap(one))(jnp.arange(seeds))
