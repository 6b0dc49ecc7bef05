"""What a point is worth on some examples: the loss, and the problem's metrics."""

from typing import Any

import jax
import jax.numpy as jnp

from .model_state import at_point


def evaluated_loss(problem: Any, params: Any, examples: Any) -> jax.Array:
    """Return the loss of some examples that is evaluated off the clock, float[].

    It is differentiable in `params`, and no metric is computed.

    Args:
        problem: Has `evaluate(params, examples)` if that is not its loss.
        params: The params that are scored, without a state.
        examples: Training, validation or held-out examples.
    """
    return getattr(problem, "evaluate", problem.loss)(params, examples)


def evaluation(problem: Any, point: Any, examples: Any) -> dict[str, jax.Array]:
    """Return `loss` and each metric of some examples by name, float[] each.

    Args:
        problem: Has `metrics(params, examples)` if it has any.
        point: The params that are scored; a `WithState` if the problem carries one.
        examples: Training, validation or held-out examples.
    """
    problem, params = at_point(problem, point)
    metrics = getattr(problem, "metrics", None)
    found = metrics(params, examples) if metrics else {}
    scored = {name: jnp.asarray(value) for name, value in found.items()}
    return {"loss": evaluated_loss(problem, params, examples), **scored}
