"""log(1 + eᵗ) and its slope from one exponential."""

import jax
import jax.numpy as jnp
import numpy as np


@jax.custom_jvp
def softplus_and_sigmoid(t: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return log(1 + eᵗ) and σ(t) = 1/(1 + e⁻ᵗ), each like `t`.

    Neither overflows, both are right to a few units in the last place wherever they
    are normal numbers, and derivatives of every order hold everywhere, 0 included.
    """
    e = jnp.exp(-jnp.abs(t))
    return jax.nn.relu(t) + _log1p(e), jnp.where(t < 0, e, 1) / (1 + e)


@softplus_and_sigmoid.defjvp
def _(primals, tangents):
    (t,), (v,) = primals, tangents
    softplus, sigmoid = softplus_and_sigmoid(t)
    slope = sigmoid * softplus_and_sigmoid(-t)[1]  # 1 - sigmoid would cancel
    return (softplus, sigmoid), (sigmoid * v, slope * v)


def _log1p(e: jax.Array) -> jax.Array:
    """Return log(1 + e) for 0 <= e <= 1: 2 artanh s, s = e/(2 + e) <= 1/3.

    The series of artanh is products and sums only: no branch, and no logarithm, which
    costs as much as all else here.
    """
    s = e / (2 + e)
    square, series = s * s, jnp.zeros_like(s)
    for k in reversed(range(_terms(e.dtype))):
        series = series * square + 1 / (2 * k + 1)
    return 2 * s * series


def _terms(dtype: np.dtype) -> int:
    """Return after how many terms the rest, at most 9⁻ᵏ/(2k + 1), is lost."""
    k = np.arange(1, 64)
    lost = 9.0**-k / (2 * k + 1) < jnp.finfo(dtype).eps / 16
    return int(k[lost][0])
