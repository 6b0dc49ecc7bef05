"""Forward differences that compute anew only what a weight reaches."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from problems.layers import ACTIVATIONS, outputs

STEP = 1e-3


def linear(objective: Any, w: Any) -> tuple[jax.Array, jax.Array]:
    """Return f and its differences, float[n], by one column update a weight.

    f is the mean of ℓ(z, y), z = wᵀX kept: w_i + h makes it z + h x_i.
    """
    (inputs, targets), losses = objective.examples, objective.problem.losses
    scores = w @ inputs
    here = losses(scores, targets).mean()
    above = jax.vmap(lambda x: losses(scores + STEP * x, targets).mean())(inputs)
    return here, (above - here) / STEP


def network(objective: Any, layers: Any) -> tuple[jax.Array, list[jax.Array]]:
    """Return f and differences, float[out, in + 1] a layer, the bias's the last.

    Kept are the inputs and scores of all layers. Weight (j, i) adds h x_i to row j of
    its layer's scores, which is a rank-one update of the next layer's; the layers
    beyond are computed anew.
    """
    problem, (inputs, targets) = objective.problem, objective.examples
    active = ACTIVATIONS[problem.activation].at
    fed, scores = [inputs], []
    for weight, bias in layers:
        scores.append(weight @ fed[-1] + bias[:, None])
        fed.append(active(scores[-1]))

    def loss(output: jax.Array) -> jax.Array:
        return jnp.square(output - targets).mean()

    def upward(at: int, j: jax.Array, row: jax.Array) -> jax.Array:
        """Return the output where row j of a layer's scores is another one."""
        if at + 1 == len(layers):
            return row
        column = layers[at + 1].weight[:, j, None]
        above = scores[at + 1] + column * (active(row) - fed[at + 1][j])
        if at + 2 == len(layers):
            return above[0]
        return outputs(problem.activation, layers[at + 2 :], active(above))[0]

    def rises(at: int) -> jax.Array:
        feeding = jnp.concatenate([fed[at], jnp.ones_like(inputs[:1])])

        def rise(j: jax.Array, x: jax.Array) -> jax.Array:
            return loss(upward(at, j, scores[at][j] + STEP * x)) - here

        return _each(rise, jnp.arange(len(scores[at])), feeding) / STEP

    here = loss(scores[-1][0])
    return here, [rises(at) for at in range(len(layers))]


def _each(function: Callable, rows: jax.Array, columns: jax.Array) -> jax.Array:
    """Return function(row, column) for all pairs."""
    return jax.vmap(lambda j: jax.vmap(lambda x: function(j, x))(columns))(rows)
