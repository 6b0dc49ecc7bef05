"""Residuals of the functions whose number of parameters is fixed: numbers 1 to 19.

The formulas use what NumPy and jax.numpy share, so that tests can evaluate both.
"""

from typing import Any

import jax
import jax.numpy as jnp


def rosenbrock(x: jax.Array, data: Any) -> jax.Array:
    """Return 10 (x₂ - x₁²), 1 - x₁."""
    del data
    return jnp.stack([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def freudenstein_roth(x: jax.Array, data: Any) -> jax.Array:
    """Return x₁ - 13 + ((5 - x₂) x₂ - 2) x₂ and x₁ - 29 + ((x₂ + 1) x₂ - 14) x₂."""
    del data
    a, b = x
    return jnp.stack([a - 13 + ((5 - b) * b - 2) * b, a - 29 + ((b + 1) * b - 14) * b])


def powell_badly_scaled(x: jax.Array, data: Any) -> jax.Array:
    """Return 10⁴ x₁ x₂ - 1 and exp(-x₁) + exp(-x₂) - 1.0001."""
    del data
    return jnp.stack([1e4 * x[0] * x[1] - 1, jnp.sum(jnp.exp(-x)) - 1.0001])


def brown_badly_scaled(x: jax.Array, data: Any) -> jax.Array:
    """Return x₁ - 10⁶, x₂ - 2·10⁻⁶, x₁ x₂ - 2."""
    del data
    return jnp.stack([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


def beale(x: jax.Array, y: jax.Array) -> jax.Array:
    """Return y_i - x₁ (1 - x₂^i), i = 1, 2, 3."""
    powers = jnp.stack([x[1], x[1] ** 2, x[1] ** 3])
    return y - x[0] * (1 - powers)


def jennrich_sampson(x: jax.Array, i: jax.Array) -> jax.Array:
    """Return 2 + 2 i - exp(i x₁) - exp(i x₂), i = 1, ..., m."""
    return 2 + 2 * i - (jnp.exp(i * x[0]) + jnp.exp(i * x[1]))


def helical_valley(x: jax.Array, data: Any) -> jax.Array:
    """Return 10 (x₃ - 10 θ), 10 (√(x₁² + x₂²) - 1), x₃.

    θ is the angle of (x₁, x₂) in turns, from -1/4 to 3/4.
    """
    del data
    a, b, c = x
    ahead, behind = jnp.arctan2(b, a), jnp.arctan2(-b, -a) + jnp.pi
    turns = jnp.where(a < 0, behind, ahead) / (2 * jnp.pi)
    return jnp.stack([10 * (c - 10 * turns), 10 * (jnp.sqrt(a**2 + b**2) - 1), c])


def bard(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return y_i - x₁ - u_i / (v_i x₂ + w_i x₃).

    u_i = i, v_i = 16 - i, w_i = min(u_i, v_i), i = 1, ..., 15.
    """
    u, y = data
    v = 16 - u
    return y - (x[0] + u / (v * x[1] + jnp.minimum(u, v) * x[2]))


def gaussian(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return x₁ exp(-x₂ (t_i - x₃)² / 2) - y_i."""
    t, y = data
    return x[0] * jnp.exp(-x[1] * (t - x[2]) ** 2 / 2) - y


def meyer(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return x₁ exp(x₂ / (t_i + x₃)) - y_i."""
    t, y = data
    return x[0] * jnp.exp(x[1] / (t + x[2])) - y


def gulf(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return exp(-|y_i - x₂|^x₃ / x₁) - t_i.

    t_i = i/100, y_i = 25 + (-50 ln t_i)^(2/3), i = 1, ..., m. As printed the formula
    has a factor m i in the place of the minus sign before x₂.
    """
    t, y = data
    return jnp.exp(-(jnp.abs(y - x[1]) ** x[2]) / x[0]) - t


def box_three_dimensional(x: jax.Array, t: jax.Array) -> jax.Array:
    """Return exp(-t_i x₁) - exp(-t_i x₂) - x₃ (exp(-t_i) - exp(-10 t_i))."""
    shape = jnp.exp(-t) - jnp.exp(-10 * t)
    return jnp.exp(-t * x[0]) - jnp.exp(-t * x[1]) - x[2] * shape


def powell_singular(x: jax.Array, data: Any) -> jax.Array:
    """Return x₁ + 10 x₂, √5 (x₃ - x₄), (x₂ - 2 x₃)², √10 (x₁ - x₄)².

    Of more parameters, the same of each four in turn.
    """
    del data
    a, b, c, d = x.reshape(-1, 4).T
    parts = a + 10 * b, 5**0.5 * (c - d), (b - 2 * c) ** 2, 10**0.5 * (a - d) ** 2
    return jnp.stack(parts, -1).reshape(-1)


def wood(x: jax.Array, data: Any) -> jax.Array:
    """Return the six residuals of Wood's function.

    10 (x₂ - x₁²), 1 - x₁, √90 (x₄ - x₃²), 1 - x₃, √10 (x₂ + x₄ - 2), (x₂ - x₄) / √10
    """
    del data
    a, b, c, d = x
    valleys = 10 * (b - a**2), 1 - a, 90**0.5 * (d - c**2), 1 - c
    return jnp.stack([*valleys, 10**0.5 * (b + d - 2), (b - d) / 10**0.5])


def kowalik_osborne(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return y_i - x₁ (u_i² + u_i x₂) / (u_i² + u_i x₃ + x₄)."""
    u, y = data
    return y - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


def brown_dennis(x: jax.Array, t: jax.Array) -> jax.Array:
    """Return (x₁ + t_i x₂ - exp t_i)² + (x₃ + x₄ sin t_i - cos t_i)²."""
    growing = x[0] + t * x[1] - jnp.exp(t)
    turning = x[2] + x[3] * jnp.sin(t) - jnp.cos(t)
    return growing**2 + turning**2


def osborne_1(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return y_i - (x₁ + x₂ exp(-t_i x₄) + x₃ exp(-t_i x₅))."""
    t, y = data
    return y - (x[0] + x[1] * jnp.exp(-t * x[3]) + x[2] * jnp.exp(-t * x[4]))


def biggs_exp6(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return x₃ exp(-t_i x₁) - x₄ exp(-t_i x₂) + x₆ exp(-t_i x₅) - y_i.

    y_i = exp(-t_i) - 5 exp(-10 t_i) + 3 exp(-4 t_i)
    """
    t, y = data
    first, second = x[2] * jnp.exp(-t * x[0]), x[3] * jnp.exp(-t * x[1])
    return first - second + x[5] * jnp.exp(-t * x[4]) - y


def osborne_2(x: jax.Array, data: tuple[jax.Array, ...]) -> jax.Array:
    """Return y_i minus a decay and three peaks.

    x₁ exp(-t_i x₅) + Σ_k x_k exp(-(t_i - x_{k+7})² x_{k+4}), k = 2, 3, 4
    """
    t, y = data
    decay = x[0] * jnp.exp(-t * x[4])
    away = (t[:, None] - x[8:]) ** 2
    return y - (decay + jnp.sum(x[1:4] * jnp.exp(-away * x[5:8]), -1))
