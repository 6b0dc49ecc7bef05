"""Residuals of the functions of any number of parameters: numbers 20 to 35.

Number 22 is number 13 of each four parameters in turn. The formulas use what NumPy and
jax.numpy share, so that tests can evaluate both.
"""

import math
from typing import Any

import jax
import jax.numpy as jnp

WEIGHT = 1e-5
"""a of both penalty functions."""


def watson(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return Σ_j (j - 1) x_j t_i^(j-2) - (Σ_j x_j t_i^(j-1))² - 1, and two more.

    t_i = i/29, i = 1, ..., 29; the two are x₁ and x₂ - x₁² - 1.
    """
    slopes, powers = data
    of_solution = slopes @ x - (powers @ x) ** 2 - 1
    return jnp.concatenate([of_solution, jnp.stack([x[0], x[1] - x[0] ** 2 - 1])])


def extended_rosenbrock(x: jax.Array, data: Any) -> jax.Array:
    """Return 10 (x_{2i} - x_{2i-1}²), 1 - x_{2i-1}, i = 1, ..., n/2."""
    del data
    a, b = x.reshape(-1, 2).T
    return jnp.stack([10 * (b - a**2), 1 - a], -1).reshape(-1)


def penalty_1(x: jax.Array, data: Any) -> jax.Array:
    """Return √a (x_i - 1), i = 1, ..., n, and Σ_j x_j² - 1/4, with a = 10⁻⁵."""
    del data
    length = jnp.sum(x**2) - 0.25
    return jnp.concatenate([WEIGHT**0.5 * (x - 1), length[None]])


def penalty_2(x: jax.Array, i: jax.Array) -> jax.Array:
    """Return the 2n residuals of the second penalty function, a = 10⁻⁵.

    x₁ - 0.2
    √a (exp(x_i/10) + exp(x_{i-1}/10) - exp(i/10) - exp((i-1)/10)), i = 2, ..., n
    √a (exp(x_i/10) - exp(-1/10)), i = 2, ..., n
    Σ_j (n - j + 1) x_j² - 1
    """
    grown, wanted = jnp.exp(x / 10), jnp.exp(i / 10)
    pairs = grown[1:] + grown[:-1] - wanted[1:] - wanted[:-1]
    single = grown[1:] - math.exp(-0.1)
    first, last = (x[0] - 0.2)[None], (jnp.sum(i[::-1] * x**2) - 1)[None]
    return jnp.concatenate([first, *(WEIGHT**0.5 * r for r in (pairs, single)), last])


def variably_dimensioned(x: jax.Array, i: jax.Array) -> jax.Array:
    """Return x_i - 1, i = 1, ..., n, s and s², with s = Σ_j j (x_j - 1)."""
    total = jnp.sum(i * (x - 1))
    return jnp.concatenate([x - 1, jnp.stack([total, total**2])])


def trigonometric(x: jax.Array, i: jax.Array) -> jax.Array:
    """Return n - Σ_j cos x_j + i (1 - cos x_i) - sin x_i, i = 1, ..., n."""
    cosines = jnp.cos(x)
    return x.size - jnp.sum(cosines) + i * (1 - cosines) - jnp.sin(x)


def brown_almost_linear(x: jax.Array, data: Any) -> jax.Array:
    """Return x_i + Σ_j x_j - (n + 1), i = 1, ..., n-1, and Π_j x_j - 1."""
    del data
    linear = x[:-1] + jnp.sum(x) - (x.size + 1)
    return jnp.concatenate([linear, (jnp.prod(x) - 1)[None]])


def discrete_boundary_value(x: jax.Array, t: jax.Array) -> jax.Array:
    """Return 2 x_i - x_{i-1} - x_{i+1} + h² (x_i + t_i + 1)³ / 2, i = 1, ..., n.

    h = 1/(n + 1), t_i = i h, x₀ = x_{n+1} = 0
    """
    curved = (x + t + 1) ** 3 / (2 * (x.size + 1) ** 2)
    return 2 * x - _before(x) - _after(x) + curved


def discrete_integral_equation(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return x_i + Σ_j K_ij (x_j + t_j + 1)³, i = 1, ..., n.

    K_ij = h (1 - max(t_i, t_j)) min(t_i, t_j) / 2, h = 1/(n + 1), t_i = i h
    """
    t, kernel = data
    return x + kernel @ (x + t + 1) ** 3


def broyden_tridiagonal(x: jax.Array, data: Any) -> jax.Array:
    """Return (3 - 2 x_i) x_i - x_{i-1} - 2 x_{i+1} + 1, with x₀ = x_{n+1} = 0."""
    del data
    return (3 - 2 * x) * x - _before(x) - 2 * _after(x) + 1


def broyden_banded(x: jax.Array, band: jax.Array) -> jax.Array:
    """Return x_i (2 + 5 x_i²) + 1 - Σ_j x_j (1 + x_j), i = 1, ..., n.

    The sum is over j ≠ i from i - 5 to i + 1.
    """
    return x * (2 + 5 * x**2) + 1 - band @ (x * (1 + x))


def linear_full_rank(x: jax.Array, i: jax.Array) -> jax.Array:
    """Return x_i - 2/m Σ_j x_j - 1, i = 1, ..., m, with x_i = 0 for i > n."""
    return jnp.pad(x, (0, i.size - x.size)) - (2 / i.size * jnp.sum(x) + 1)


def linear_rank_1(x: jax.Array, i: jax.Array) -> jax.Array:
    """Return i Σ_j j x_j - 1, i = 1, ..., m."""
    return i * jnp.sum(i[: x.size] * x) - 1


def linear_rank_1_zero(x: jax.Array, i: jax.Array) -> jax.Array:
    """Return (i - 1) Σ_j j x_j - 1, i = 1, ..., m-1, and -1; j = 2, ..., n-1.

    Neither x₁ nor x_n is in it.
    """
    total = jnp.sum(i[1 : x.size - 1] * x[1:-1])
    return jnp.concatenate([(i[:-1] - 1) * total - 1, -jnp.ones_like(i[:1])])


def chebyquad(x: jax.Array, integrals: jax.Array) -> jax.Array:
    """Return mean_j T_i(x_j) - ∫_0^1 T_i, i = 1, ..., m.

    T_i is the i-th Chebyshev polynomial, shifted to [0, 1].
    """
    y = 2 * x - 1
    before, now, means = 1.0, y, []
    for _ in range(integrals.size):
        means.append(jnp.mean(now))
        before, now = now, 2 * y * now - before
    return jnp.stack(means) - integrals


def _before(x: jax.Array) -> jax.Array:
    """Return 0, x₁, ..., x_{n-1}."""
    return jnp.pad(x[:-1], (1, 0))


def _after(x: jax.Array) -> jax.Array:
    """Return x₂, ..., x_n, 0."""
    return jnp.pad(x[1:], (0, 1))
