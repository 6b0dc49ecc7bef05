"""Differences that reuse intermediate results, against the gradient, by depth."""

from collections.abc import Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import bench
import problems
from problems.layers import ACTIVATIONS, outputs

from .. import Check, Evidence, above, claim, lines, near
from ..calls import forward, gradient, parameters, power

STEP = 1e-3


def linear(objective: Any, w: Any) -> tuple[jax.Array, jax.Array]:
    """Return f and its differences, float[n], by one column update a weight.

    f is the mean of ℓ(z, y), and z = wᵀX is stored: w_i + h changes it to z + h x_i.
    """
    (inputs, targets), losses = objective.examples, objective.problem.losses
    scores = w @ inputs
    here = losses(scores, targets).mean()
    above = jax.vmap(lambda x: losses(scores + STEP * x, targets).mean())(inputs)
    return here, (above - here) / STEP


def network(objective: Any, layers: Any) -> tuple[jax.Array, list[jax.Array]]:
    """Return f and differences, float[out, in + 1] for each layer, the bias last.

    The inputs and scores of all layers are stored. Weight (j, i) adds h x_i to row j of
    its layer's scores, which is a rank-one update of the next layer's; the layers
    above that are computed again.
    """
    problem, (inputs, targets) = objective.problem, objective.examples
    active = ACTIVATIONS[problem.activation].at
    fed, scores = [inputs], []
    for weight, bias in layers:
        scores.append(weight @ fed[-1] + bias[:, None])
        fed.append(active(scores[-1]))

    def output(at: int, j: jax.Array, row: jax.Array) -> jax.Array:
        """Return the output if row j of a layer's scores is replaced."""
        if at + 1 == len(layers):
            return row
        column = layers[at + 1].weight[:, j, None]
        above = scores[at + 1] + column * (active(row) - fed[at + 1][j])
        if at + 2 == len(layers):
            return above[0]
        return outputs(problem.activation, layers[at + 2 :], active(above))[0]

    def differences(at: int) -> jax.Array:
        def difference(j: jax.Array, x: jax.Array) -> jax.Array:
            changed = output(at, j, scores[at][j] + STEP * x)
            return (jnp.square(changed - targets).mean() - here) / STEP

        columns = jnp.concatenate([fed[at], jnp.ones_like(inputs[:1])])
        of_row = jax.vmap(difference, (None, 0))
        return jax.vmap(of_row, (0, None))(jnp.arange(len(scores[at])), columns)

    here = jnp.square(scores[-1][0] - targets).mean()
    return here, [differences(at) for at in range(len(layers))]


# m examples, w inputs and w units per layer: the gradient costs m for each of N ~ w²
# weights, a difference m w two layers below the output, m w² three layers below
MODELS = {
    "linear, logistic": ("logistic_regression", 0, linear, 0),
    "linear, squares": ("linear_regression", 0, linear, 0),
    "1 hidden layer": ("mlp", 1, network, 0),
    "2 hidden layers": ("mlp", 2, network, 0.5),
    "3 hidden layers": ("mlp", 3, network, 1),
}
"""Factory, hidden layers, differences with memory, and the power of N by which their
FLOPs exceed the gradient's."""


@claim(
    source="fd",
    sentence="With Xθ kept, a linear model's differences are of the gradient's order, "
    "with still more calculations; less can be kept the less linear it is.",
)
def fd_memo() -> Evidence:
    """Count XLA's FLOPs of calls on 600 or 100 examples, in float32."""
    checks, curves, dashed, least = list[Check](), {}, {}, 1.0
    for name, (factory, hidden, memory, _) in MODELS.items():
        least = least if hidden else 1.0
        n, kept, plain = _flops(_sizes(factory, hidden), memory)
        checks += _checks(name, n, kept, least)
        least, curves[name] = kept[-1], (n, kept)
        if name in ("linear, squares", "3 hidden layers"):
            dashed[f"no memory, {name}"] = (n, plain)
    labels = "parameters N", "FLOPs of differences over the gradient's"
    plot = lines(curves, *labels, x_log=True, dots=True, dashed=dashed)
    return Evidence(checks, plot)


def _sizes(factory: str, hidden: int) -> list[problems.Problem]:
    if hidden:
        nets = ({"columns": w, "hidden": [w] * hidden} for w in (16, 32, 64))
        return [problems.make(factory, rows=100, **net) for net in nets]
    rest = {"rows": 600, "held_out": 0.0, "l2": 0.0}
    return [problems.make(factory, columns=n, **rest) for n in (32, 128, 512)]


def _flops(sizes: list[problems.Problem], memory: Any) -> Any:
    """Return parameters, and FLOPs with and without memory over the gradient's."""
    calls = forward, gradient, memory
    flops = [[bench.call_flops(call, size) for call in calls] for size in sizes]
    value, reverse, kept = np.transpose(flops)
    n = np.array([parameters(size) for size in sizes])
    return n, kept / reverse, (n + 1) * value / reverse


def _checks(name: str, n: Any, kept: Any, least: float) -> Iterator[Check]:
    """Compare powers and FLOPs with the sentence, or with the count by layers."""
    _, hidden, _, order = MODELS[name]
    form, unit = "beside" if hidden else "as it stands", "power of N"
    what = f"differences with memory over the gradient, FLOPs, {name}"
    yield Check(what, power(n, kept), near(order, abs=0.25), form, unit)
    what = f"FLOPs with memory over the gradient's, {name}, N = {n[-1]:,}"
    yield Check(what, kept[-1], above(least))
