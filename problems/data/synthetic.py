"""Synthetic examples: inputs of an exact condition number, and draws of fresh ones."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from .examples import Examples

_NUMBERS = 2**20
"""Most numbers of a block, which is in memory in float64."""
_KERNEL = 64
"""Block sizes are multiples of this, so that BLAS rounds as for undivided data."""


def gaussian(rng: np.random.Generator, features: int, count: int) -> NDArray:
    """Draw x ~ N(0, I), float64[features, count]."""
    return rng.standard_normal((count, features)).T


def in_blocks(rng: np.random.Generator, features: int, count: int) -> Iterator[NDArray]:
    """Draw the same numbers as `gaussian`, a block of examples at a time."""
    step = max(_KERNEL, _NUMBERS // max(1, features) // _KERNEL * _KERNEL)
    for start in range(0, count, step):
        yield gaussian(rng, features, min(step, count - start))


def conditioned(
    rng: np.random.Generator, features: int, train: int, rest: int, condition: float
) -> tuple[Iterator[NDArray], NDArray]:
    """Draw inputs whose XXᵀ/m has exactly the eigenvalues 1, ..., 1/condition.

    X = Q √Λ L⁻¹ G with G ~ N(0, I), GGᵀ/m = LLᵀ over the training examples, Λ
    spaced evenly in logarithms, and Q a random rotation. Fewer training examples
    than features leave XXᵀ/m singular: then L = I, and the eigenvalues are those of
    the covariance that the examples are drawn from.

    Args:
        rng: Random generator.
        features: Rows of X.
        train: Training examples.
        rest: Other examples, drawn from the same distribution.
        condition: Largest eigenvalue over least, >= 1.

    Returns:
        Blocks float64[features, some] of train + rest examples in all, and the
        matrix A with x = A g, float64[features, features].
    """
    again = deepcopy(rng)  # drawing twice needs less memory than keeping the draws
    gram = _gram(rng, features, train, rest)
    mixing = rotation(rng, features) * np.sqrt(spectrum(features, condition))
    if train >= features:
        mixing = mixing @ np.linalg.inv(np.linalg.cholesky(gram / train))
    draws = in_blocks(again, features, train + rest)
    return (mixing @ block for block in draws), mixing


def _gram(rng: np.random.Generator, features: int, train: int, rest: int) -> NDArray:
    """Draw all examples, and return GGᵀ over the training ones."""
    gram, left = np.zeros((features, features)), train
    for block in in_blocks(rng, features, train + rest):
        seen = block[:, :left]
        gram += seen @ seen.T
        left -= seen.shape[1]
    return gram


def spectrum(count: int, condition: float) -> NDArray:
    """Return 1, ..., 1/condition, evenly spaced in logarithms."""
    return np.logspace(0.0, -np.log10(condition), count)


def rotation(rng: np.random.Generator, size: int) -> NDArray:
    """Draw a rotation (or reflection) uniformly, float64[size, size]."""
    q, r = np.linalg.qr(rng.standard_normal((size, size)))
    return q * np.sign(np.diag(r))


class NoSourceError(Exception):
    """The examples are a fixed set: no fresh ones can be drawn."""


@jax.tree_util.register_dataclass
@dataclass(frozen=True, eq=False)
class Source:
    """Distribution of examples: x = A g, g ~ N(0, I), y = wᵀx + noise.

    Attributes:
        weights: w, float[features], including that of the constant.
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
            key: Different keys give different examples.
            size: The number of examples.
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
        weights, mixing: As in `Source`.
        **rest: Its other attributes.
    """
    placed = None if mixing is None else jnp.asarray(np.asarray(mixing), dtype)
    return Source(jnp.asarray(np.asarray(weights), dtype), placed, **rest)
