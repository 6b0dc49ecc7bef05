"""Residuals of the functions that are not of More, Garbow and Hillstrom: 19 to 22.

The formulas use what NumPy and jax.numpy share, so that tests can evaluate both.
"""

from typing import Any

import jax
import jax.numpy as jnp


def bdqrtic(x: jax.Array, data: Any) -> jax.Array:
    """Return 3 - 4 x_i, i = 1, ..., n-4, and as many quadratic ones.

    x_i² + 2 x_{i+1}² + 3 x_{i+2}² + 4 x_{i+3}² + 5 x_n²
    """
    del data
    squares, count = x**2, x.size - 4
    near = sum((k + 1) * squares[k : k + count] for k in range(4))
    return jnp.concatenate([3 - 4 * x[:count], near + 5 * squares[-1]])


def cube(x: jax.Array, data: Any) -> jax.Array:
    """Return x₁ - 1 and 10 (x_i - x_{i-1}³), i = 2, ..., n."""
    del data
    return jnp.concatenate([x[:1] - 1, 10 * (x[1:] - x[:-1] ** 3)])


def mancino(x: jax.Array, ratios: jax.Array) -> jax.Array:
    """Return 1400 x_i + (i - 50)³ + Σ_j v_ij (sin⁵ ln v_ij + cos⁵ ln v_ij).

    v_ij = √(x_i² + i/j), i, j = 1, ..., n
    """
    i = ratios[:, 0]
    v = jnp.sqrt(x[:, None] ** 2 + ratios)
    waves = v * (jnp.sin(jnp.log(v)) ** 5 + jnp.cos(jnp.log(v)) ** 5)
    return 1400 * x + (i - 50) ** 3 + jnp.sum(waves, -1)


def heart8(x: jax.Array, sums: jax.Array) -> jax.Array:
    """Return the residuals of the dipole model of the heart with 8 parameters.

    Re Σ_k z_k w_k^p and Im Σ_k z_k w_k^p, p = 0, ..., 3, minus the measured sums, in
    the order of the paper; z_k = x_k + i x_{k+2}, w_k = x_{k+4} + i x_{k+6}, k = 1, 2.
    """
    (a, b), (c, d) = (x[0:2], x[2:4]), (x[4:6], x[6:8])
    products = []
    for _ in range(4):
        products += [jnp.sum(a), jnp.sum(b)]
        a, b = a * c - b * d, a * d + b * c
    return jnp.stack(products) - sums
