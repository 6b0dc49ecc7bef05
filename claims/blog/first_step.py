"""An optimizer's first update, and its first step as one compiled call."""

from typing import Any

import jax
import optax

import problems


def first_update(problem: Any, optimizer: Any, params: Any) -> Any:
    """Return what an optimizer's first step adds to the params."""
    objective = problems.objective(problem)
    value, gradient = jax.value_and_grad(objective)(params)
    known = {"value": value, "grad": gradient, "value_fn": objective}
    return optimizer.update(gradient, optimizer.init(params), params, **known)[0]


def first_step(problem: Any, optimizer: Any, params: Any) -> Any:
    """Compile (problem, params) -> the params after an optimizer's first step."""

    def step(problem: Any, params: Any) -> Any:
        return optax.apply_updates(params, first_update(problem, optimizer, params))

    return jax.jit(step).lower(problem, params).compile()
