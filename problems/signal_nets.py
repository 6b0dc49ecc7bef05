"""The nets of the paper on MNIST-1D: fully connected, convolutional, recurrent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax
from jax.typing import DTypeLike

from .blocks import in_blocks
from .classifier import fitting
from .convolution import convolve
from .data.mnist1d import CLASSES, FINAL
from .layers import Layer, Layers
from .random_start import torch_layer, uniform


@dataclass(frozen=True)
class ResidualMLP:
    """Scores W_3 h + b_3, h = g + ReLU(W_2 g + b_2), g = ReLU(W_1 x + b_1).

    Attributes:
        width: Of g and h.
    """

    width: int

    @property
    def block(self) -> int:
        """Return the examples of a block."""
        return fitting(FINAL + 4 * self.width)

    def init(self, key: jax.Array, dtype: DTypeLike) -> Layers:
        """Draw the three layers as PyTorch does."""
        width = self.width
        shapes = (width, FINAL), (width, width), (CLASSES, width)
        return _torch_layers(key, shapes, dtype)

    def scores(
        self, params: Layers, inputs: jax.Array, kept: jax.Array | None = None
    ) -> jax.Array:
        """Return a score for each class, float[classes, examples]."""
        del kept
        first, second, last = params
        x = jax.nn.relu(first.weight @ inputs.T + first.bias[:, None])
        x = x + jax.nn.relu(second.weight @ x + second.bias[:, None])
        return last.weight @ x + last.bias[:, None]


class Convolution(NamedTuple):
    """Points of a window, from one window to the next, and of zeros at either end."""

    window: int
    stride: int
    pads: int


CONVOLUTIONS = Convolution(5, 2, 1), Convolution(3, 2, 1), Convolution(3, 2, 1)


@dataclass(frozen=True)
class SignalConvNet:
    """Three convolutions of every second point with ReLU, and a dense layer.

    Attributes:
        width: Channels of each convolution.
    """

    width: int

    @property
    def units(self) -> int:
        """Return the number of inputs of the last layer."""
        return self.width * self._points

    @property
    def block(self) -> int:
        """Return the examples of a block."""
        return fitting(FINAL * 4 * self.width)

    @property
    def _points(self) -> int:
        """Return the points behind the last convolution."""
        points = FINAL
        for each in CONVOLUTIONS:
            points = (points + 2 * each.pads - each.window) // each.stride + 1
        return points

    def init(self, key: jax.Array, dtype: DTypeLike) -> Layers:
        """Draw the four layers as PyTorch does."""
        before = (1, self.width, self.width)
        shapes = [
            (self.width, each.window, channels)
            for each, channels in zip(CONVOLUTIONS, before, strict=True)
        ]
        return _torch_layers(key, (*shapes, (CLASSES, self.units)), dtype)

    def scores(
        self, params: Layers, inputs: jax.Array, kept: jax.Array | None = None
    ) -> jax.Array:
        """Return a score for each class, float[classes, examples]."""
        del kept
        *convolutions, last = params
        x = inputs.T[None]
        for layer, each in zip(convolutions, CONVOLUTIONS, strict=True):
            x = jax.nn.relu(convolve(x, layer, [(each.pads, each.pads)], each.stride))
        return last.weight @ x.reshape(-1, x.shape[-1]) + last.bias[:, None]


class Gates(NamedTuple):
    """The params of a gated recurrent unit with h states; reset, update, new.

    Attributes:
        from_input: float[3 h, inputs].
        from_state: float[3 h, h].
        input_bias, state_bias: float[3 h].
    """

    from_input: jax.Array
    from_state: jax.Array
    input_bias: jax.Array
    state_bias: jax.Array


class Recurrent(NamedTuple):
    """The params of the recurrent net."""

    forward: Gates
    backward: Gates
    last: Layer


@dataclass(frozen=True)
class RecurrentNet:
    """A gated recurrent unit in either direction, and a dense layer on all its states.

    r = σ(W_r x + b_r + U_r h + c_r), z = σ(W_z x + b_z + U_z h + c_z),
    n = tanh(W_n x + b_n + r (U_n h + c_n)), and the next h = (1 - z) n + z h, from 0.

    Attributes:
        width: The number of states in a direction.
    """

    width: int

    @property
    def units(self) -> int:
        """Return the number of inputs of the last layer."""
        return 2 * self.width * FINAL

    @property
    def block(self) -> int:
        """Return the examples of a block."""
        return fitting(2 * FINAL * 8 * self.width)

    def init(self, key: jax.Array, dtype: DTypeLike) -> Recurrent:
        """Draw everything as PyTorch does, the gates from U(±1/√width)."""
        forward, backward, last = jax.random.split(key, 3)
        return Recurrent(
            self._gates(forward, dtype),
            self._gates(backward, dtype),
            torch_layer(last, (CLASSES, self.units), dtype),
        )

    def _gates(self, key: jax.Array, dtype: DTypeLike) -> Gates:
        gates, bound = 3 * self.width, self.width**-0.5
        shapes = (gates, 1), (gates, self.width), (gates,), (gates,)
        keys = jax.random.split(key, len(shapes))
        draws = (uniform(k, s, dtype, bound) for k, s in zip(keys, shapes, strict=True))
        return Gates(*draws)

    def scores(
        self, params: Recurrent, inputs: jax.Array, kept: jax.Array | None = None
    ) -> jax.Array:
        """Return a score for each class, float[classes, examples]."""
        del kept
        x = inputs.T
        forward = _states(params.forward, x)
        backward = _states(params.backward, x[::-1])[::-1]
        states = jnp.concatenate([forward, backward], axis=1)  # [time, 2 h, examples]
        flat = states.reshape(-1, x.shape[-1])
        return params.last.weight @ flat + params.last.bias[:, None]


def _states(gates: Gates, signal: jax.Array) -> jax.Array:
    """Return the states after each point, float[time, states, examples].

    Args:
        gates: The params.
        signal: float[time, examples].
    """

    def step(state: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
        from_input = gates.from_input * x + gates.input_bias[:, None]
        from_state = gates.from_state @ state + gates.state_bias[:, None]
        both = from_input[: 2 * width] + from_state[: 2 * width]
        reset, update = jnp.split(jax.nn.sigmoid(both), 2)
        new = jnp.tanh(from_input[2 * width :] + reset * from_state[2 * width :])
        state = (1 - update) * new + update * state
        return state, state

    width = gates.from_state.shape[1]
    start = jnp.zeros((width, signal.shape[-1]), signal.dtype)
    # XLA's cost analysis counts a loop's body once.
    return lax.scan(step, start, signal, unroll=1 if in_blocks() else FINAL)[1]


def _torch_layers(
    key: jax.Array, shapes: tuple[tuple[int, ...], ...], dtype: DTypeLike
) -> Layers:
    keys = jax.random.split(key, len(shapes))
    return tuple(torch_layer(k, s, dtype) for k, s in zip(keys, shapes, strict=True))


NETS: Mapping[str, Callable[[int], Any]] = {
    "mlp": ResidualMLP,
    "conv": SignalConvNet,
    "recurrent": RecurrentNet,
}
