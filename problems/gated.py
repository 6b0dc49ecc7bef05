"""Layers of gated recurrent units."""

from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import DTypeLike

from .blocks import in_blocks
from .random_start import uniform

Tree = dict[str, Any]


def gated_start(
    key: jax.Array,
    *,
    inputs: int,
    layers: int,
    width: int,
    outputs: int,
    dtype: DTypeLike,
) -> Tree:
    """Draw the weights of layers of gated recurrent units and of a linear one on top.

    All weights and biases are U(±1/√width), as PyTorch draws them.

    Args:
        key: Of the draw.
        inputs, layers, width, outputs: Sizes of the net.
        dtype: Of the params.
    """
    *of_layers, last = jax.random.split(key, layers + 1)

    def draw(key: jax.Array, *shape: int) -> jax.Array:
        return uniform(key, shape, dtype, width**-0.5)

    def layer(key: jax.Array, columns: int) -> Tree:
        keys = jax.random.split(key, 4)
        return {
            "from_input": draw(keys[0], columns, 3 * width),
            "from_state": draw(keys[1], width, 3 * width),
            "input_bias": draw(keys[2], 3 * width),
            "state_bias": draw(keys[3], 3 * width),
        }

    for_weight, for_bias = jax.random.split(last)
    return {
        "layers": [
            layer(key, width if place else inputs)
            for place, key in enumerate(of_layers)
        ],
        "weight": draw(for_weight, width, outputs),
        "bias": draw(for_bias, outputs),
    }


def states(params: Tree, inputs: jax.Array) -> jax.Array:
    """Return the last layer's states, float[T, m, width].

    r = σ(W_r x + b_r + U_r h + c_r), z = σ(W_z x + b_z + U_z h + c_z),
    n = tanh(W_n x + b_n + r ∘ (U_n h + c_n)), h' = (1 - z) ∘ n + z ∘ h, from h = 0.

    Args:
        params: As from `gated_start`.
        inputs: float[T, m, inputs].

    References:
        Cho et al., "Learning phrase representations using RNN encoder-decoder for
        statistical machine translation", 2014; with r applied after the product, as in
        PyTorch.
    """
    for layer in params["layers"]:
        inputs = _layer(layer, inputs)
    return inputs


def _layer(layer: Tree, inputs: jax.Array) -> jax.Array:
    # The part of the inputs is one product for all times.
    driven = inputs @ layer["from_input"] + layer["input_bias"]

    def step(h: jax.Array, driven: jax.Array) -> tuple[jax.Array, jax.Array]:
        recurrent = h @ layer["from_state"] + layer["state_bias"]
        r, z, n = jnp.split(driven, 3, axis=-1)
        of_r, of_z, of_n = jnp.split(recurrent, 3, axis=-1)
        r, z = jax.nn.sigmoid(r + of_r), jax.nn.sigmoid(z + of_z)
        n = jnp.tanh(n + r * of_n)
        h = n + z * (h - n)
        return h, h

    start = jnp.zeros_like(driven[0, :, : len(layer["from_state"])])
    # XLA's cost analysis counts a loop's body once: its FLOPs are those of the steps
    # written out.
    return lax.scan(step, start, driven, unroll=1 if in_blocks() else len(driven))[1]


def read_out(params: Tree, states: jax.Array) -> jax.Array:
    """Return the linear layer's outputs, float[..., outputs]."""
    return states @ params["weight"] + params["bias"]
