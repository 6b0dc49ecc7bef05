"""Layers of a net, forwards and backwards."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp

Measure = Callable[[jax.Array], tuple[jax.Array, jax.Array]]


class Layer(NamedTuple):
    """x -> weight x + bias.

    Attributes:
        weight: float[out, in].
        bias: float[out].
    """

    weight: jax.Array
    bias: jax.Array


Layers = tuple[Layer, ...]


class _Activation(NamedTuple):
    """a, and its derivative a' as a function of a's output."""

    at: Callable[[jax.Array], jax.Array]
    back: Callable[[jax.Array, jax.Array], jax.Array]  # (slopes, a) -> slopes a'


ACTIVATIONS: Mapping[str, _Activation] = {
    "none": _Activation(lambda x: x, lambda slopes, a: slopes),
    "relu": _Activation(jax.nn.relu, lambda slopes, a: jnp.where(a > 0, slopes, 0)),
    "tanh": _Activation(jnp.tanh, lambda slopes, a: slopes * (1 - a * a)),
}


def outputs(activation: str, layers: Layers, inputs: jax.Array) -> jax.Array:
    """Return W_L a(... a(W_1 x + b_1) ...) + b_L, float[out, examples]."""
    last, x = layers[-1], _inputs_of_layers(activation, layers, inputs)[-1]
    return last.weight @ x + last.bias[:, None]


def _inputs_of_layers(
    activation: str, layers: Layers, inputs: jax.Array
) -> list[jax.Array]:
    """Return the inputs of each layer, float[in, examples] each."""
    layer_inputs = [inputs]
    for weight, bias in layers[:-1]:
        layer_inputs.append(
            ACTIVATIONS[activation].at(weight @ layer_inputs[-1] + bias[:, None])
        )
    return layer_inputs


def back_propagate(
    activation: str, measure: Measure, layers: Layers, inputs: jax.Array
) -> tuple[jax.Array, Layers]:
    """Return a sum of losses and its gradient.

    δ_L = ∂loss/∂z_L, δ_l = a'(z_l) ∘ W_{l+1}ᵀ δ_{l+1}, ∂/∂W_l = δ_l x_lᵀ. The last
    is computed as (x_l δ_lᵀ)ᵀ, several times faster on a CPU than reverse mode's
    product with the transpose of the long x_l.

    Args:
        activation: After every layer but the last.
        measure: Outputs -> the sum of their losses, and its gradient in them.
        layers: The params.
        inputs: float[in, examples].
    """
    layer_inputs = _inputs_of_layers(activation, layers, inputs)
    last = layers[-1]
    value, slopes = measure(last.weight @ layer_inputs[-1] + last.bias[:, None])
    gradient = [_gradient(layer_inputs[-1], slopes)]
    for x, after, before in zip(
        layer_inputs[:0:-1], layers[:0:-1], layer_inputs[-2::-1], strict=True
    ):
        slopes = ACTIVATIONS[activation].back(after.weight.T @ slopes, x)
        gradient.append(_gradient(before, slopes))
    return value, tuple(reversed(gradient))


def _gradient(x: jax.Array, slopes: jax.Array) -> Layer:
    return Layer((x @ slopes.T).T, slopes.sum(-1))


def folded(layers: Layers) -> Layers:
    """Return the one layer equal to layers without activations between them.

    Its weight is W_L ... W_1, multiplied from the left, as there are few outputs.
    """
    *hidden, (weight, bias) = layers
    for before, shift in reversed(hidden):
        weight, bias = weight @ before, bias + weight @ shift
    return (Layer(weight, bias),)
