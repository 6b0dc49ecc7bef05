"""What a point is worth on some examples: the loss, and the problem's metrics."""

from typing import Any

import jax


def evaluation(problem: Any, params: Any, examples: Any) -> dict[str, jax.Array]:
    """Return `loss` and each metric of some examples by name, float[] each.

    Args:
        problem: Has `metrics(params, examples)` if it has any.
        params: The point that is scored.
        examples: Training, validation or held-out examples.
    """
    metrics = getattr(problem, "metrics", None)
    found = metrics(params, examples) if metrics else {}
    return {"loss": problem.loss(params, examples), **found}
