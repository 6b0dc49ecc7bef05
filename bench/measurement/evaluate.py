"""Evaluation off the clock: training loss, gradient norm, held-out loss."""

from typing import Any

import jax
import jax.numpy as jnp

import problems


class Evaluator:
    """Evaluates a problem at a point, with one compilation a problem."""

    def __init__(self):
        self._evaluate = jax.jit(_evaluate)
        self._loss = jax.jit(_loss)

    def __call__(self, problem, params) -> dict[str, Any]:
        """Return `loss`, `gradient_norm`, and `held_out_loss` where there are any."""
        loss, norm, held_out = self._evaluate(problem, params)
        values = {"loss": float(loss), "gradient_norm": float(norm)}
        if held_out is not None:
            values["held_out_loss"] = float(held_out)
        return values

    def exact(self, problem, params) -> float:
        """Return the training loss in float64, the data being as they are.

        float64 params make every product with them a float64 one.
        """
        with jax.enable_x64(True):
            wide = jax.tree.map(lambda x: jnp.asarray(x, jnp.float64), params)
            return float(self._loss(problem, wide))


def _loss(problem, params):
    return problems.objective(problem)(params)


def _evaluate(problem, params):
    loss, gradient = jax.value_and_grad(problems.objective(problem))(params)
    squares = [jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(gradient)]
    if problem.held_out is None:
        held_out = None
    else:
        held_out = problem.loss(params, problem.held_out)
    return loss, jnp.sqrt(sum(squares)), held_out
