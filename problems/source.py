"""Where synthetic examples come from, so that fresh ones can be drawn."""

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from .examples import Examples


class NoSourceError(Exception):
    """The examples are all there are: no fresh ones can be drawn."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Source:
    """x = A g, g ~ N(0, I), a constant 1 in front if asked for; y = wᵀx + noise.

    Attributes:
        weights: w, float[features], the constant's included.
        mixing: A, float[n, n]; None for the identity.
        noise: Standard deviation of Gaussian noise; of labels, scale of logistic noise.
        constant: Whether the first feature is 1.
        labels: Whether targets are the signs of y, ±1.
    """

    weights: jax.Array
    mixing: jax.Array | None = None
    noise: float = field(default=0.0, metadata={"static": True})
    constant: bool = field(default=False, metadata={"static": True})
    labels: bool = field(default=False, metadata={"static": True})

    def draw(self, key: jax.Array, size: int) -> Examples:
        """Draw examples that are the same in float32 and in float64.

        Args:
            key: Another key gives other examples.
            size: How many.
        """
        of_inputs, of_noise = jax.random.split(key)
        inputs = self._inputs(of_inputs, size)
        scores = self.weights @ inputs
        if self.noise:
            sample = jax.random.logistic if self.labels else jax.random.normal
            draws = sample(of_noise, (size,), jnp.float32).astype(scores.dtype)
            scores = scores + self.noise * draws
        if self.labels:
            scores = jnp.where(scores > 0, 1, -1).astype(scores.dtype)
        return Examples(inputs, scores)

    def _inputs(self, key: jax.Array, size: int) -> jax.Array:
        dtype = self.weights.dtype
        shape = (self.weights.size - self.constant, size)
        inputs = jax.random.normal(key, shape, jnp.float32).astype(dtype)
        if self.mixing is not None:
            inputs = self.mixing @ inputs
        if self.constant:
            inputs = jnp.concatenate([jnp.ones((1, size), dtype), inputs])
        return inputs


def source(
    dtype: str, weights: ArrayLike, mixing: ArrayLike | None = None, **rest
) -> Source:
    """Place a source's host arrays on the device.

    Args:
        dtype: float32 or float64.
        weights, mixing: As of `Source`.
        **rest: Its other attributes.
    """
    placed = None if mixing is None else jnp.asarray(np.asarray(mixing), dtype)
    return Source(jnp.asarray(np.asarray(weights), dtype), placed, **rest)
