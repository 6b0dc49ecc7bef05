"""What the BBOB functions are made of: T_osz, T_asy, Λ, f_pen and a few smooth pieces.

Gradients are finite where a formula has a kink or is not differentiable: the gradient
of √s, log s or s^p at s = 0 is 0 here.
"""

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray


def steps(n: int) -> NDArray:
    """Return (i - 1)/(n - 1) for i = 1, ..., n, float64[n]."""
    return np.arange(n) / (n - 1)


def steps_of(x: jax.Array) -> jax.Array:
    """Return (i - 1)/(n - 1), float[n], computed in the program and not held by it."""
    return jnp.arange(x.size, dtype=x.dtype) / (x.size - 1)


def powers(base: float, x: jax.Array) -> jax.Array:
    """Return base^((i - 1)/(n - 1)), float[n]."""
    return base ** steps_of(x)


def conditioning(alpha: float, n: int) -> NDArray:
    """Return the diagonal of Λ^α, α^((i - 1)/(2 (n - 1))), float64[n]."""
    return alpha ** (0.5 * steps(n))


def scaled(alpha: float, x: jax.Array) -> jax.Array:
    """Return Λ^α x, float[n]."""
    return powers(alpha**0.5, x) * x


def positive(s: jax.Array) -> jax.Array:
    """Return s where it is above 0, else 1, so that what follows has a gradient."""
    return jnp.where(s > 0, s, 1)


def power(s: jax.Array, exponent: float | jax.Array) -> jax.Array:
    """Return s^exponent where s > 0, else 0."""
    return jnp.where(s > 0, positive(s) ** exponent, 0)


def root(s: jax.Array) -> jax.Array:
    """Return √s; its gradient at 0 is 0."""
    return jnp.where(s > 0, jnp.sqrt(positive(s)), 0)


def oscillated(x: jax.Array) -> jax.Array:
    """Return T_osz(x) = sign(x) exp(x̂ + 0.049 (sin(c₁ x̂) + sin(c₂ x̂))), x̂ = log |x|.

    (c₁, c₂) is (10, 7.9) where x > 0 and (5.5, 3.1) where x < 0; T_osz(0) = 0.
    """
    size = positive(jnp.abs(x))
    log = jnp.log(size)
    first = jnp.where(x > 0, 10.0, 5.5)
    second = jnp.where(x > 0, 7.9, 3.1)
    wave = jnp.sin(first.astype(x.dtype) * log) + jnp.sin(second.astype(x.dtype) * log)
    return jnp.where(x == 0, 0, jnp.sign(x) * size * jnp.exp(0.049 * wave))


def asymmetric(beta: float, x: jax.Array) -> jax.Array:
    """Return T_asy^β(x): x_i^(1 + β (i - 1)/(n - 1) √x_i) where x_i > 0, else x_i."""
    part = beta * steps_of(x)
    above = positive(x)
    return jnp.where(x > 0, above ** (1 + part * jnp.sqrt(above)), x)


def penalty(x: jax.Array, bound: float = 5.0) -> jax.Array:
    """Return f_pen(x) = Σ_i max(0, |x_i| - bound)²."""
    return jnp.sum(jnp.square(jnp.maximum(0, jnp.abs(x) - bound)))


def ripple(z: jax.Array) -> jax.Array:
    """Return 10 (n - Σ_i cos 2πz_i), as 20 Σ_i sin² πz_i: exact at z = 0."""
    return 20 * jnp.sum(jnp.square(jnp.sin(jnp.pi * z)))


def valleys(z: jax.Array) -> jax.Array:
    """Return 100 (z_i² - z_{i+1})² + (z_i - 1)² for i < n, float[n - 1]."""
    here, following = z[:-1], z[1:]
    return 100 * jnp.square(here**2 - following) + jnp.square(here - 1)


def valley_scale(n: int) -> float:
    """Return max(1, √n/8)."""
    return max(1.0, n**0.5 / 8)
