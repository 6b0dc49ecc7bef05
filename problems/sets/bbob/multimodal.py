"""BBOB functions 15 to 19, with many minima and a global structure."""

from functools import partial

import jax
import jax.numpy as jnp
from numpy.typing import NDArray

from .draws import first_rotation, optimum, second_rotation
from .instance import Data, Function, Instance
from .moderate import rotated_valley
from .transforms import (
    asymmetric,
    conditioning,
    oscillated,
    penalty,
    power,
    ripple,
    root,
    valleys,
)

_TERMS = 12
"""Of the Weierstrass series: k = 0, ..., 11."""


def _between(seed: int, n: int, alpha: float) -> NDArray:
    """Return R Λ^α Q, float64[n, n]."""
    right = conditioning(alpha, n)[:, None] * second_rotation(seed, n)
    return first_rotation(seed, n) @ right


def _instance(seed: int, n: int, alpha: float) -> Instance:
    """Return x*, the rotation R and the matrix R Λ^α Q."""
    best = optimum(seed, n)
    rotation = first_rotation(seed, n)
    matrix = _between(seed, n, alpha)
    return Instance({"best": best, "rotation": rotation, "matrix": matrix}, best)


def _rastrigin(x: jax.Array, data: Data) -> jax.Array:
    """Return 10 (n - Σ_i cos 2πz_i) + |z|².

    z = R Λ^10 Q T_asy^0.2(T_osz(R (x - x*))).
    """
    inner = oscillated(data["rotation"] @ (x - data["best"]))
    z = data["matrix"] @ asymmetric(0.2, inner)
    return ripple(z) + jnp.sum(jnp.square(z))


def _weierstrass(x: jax.Array, data: Data) -> jax.Array:
    """Return 10 (1/n Σ_i Σ_k 2^-k cos(2π 3^k (z_i + 1/2)) - f_0)³ + 10/n f_pen(x).

    z = R Λ^(1/100) Q T_osz(R (x - x*)), k = 0, ..., 11, and f_0 is the sum over k at
    z_i = 0. A term minus its f_0 is 2^(1-k) sin²(π 3^k z_i), because 3^k is odd.
    """
    z = data["matrix"] @ oscillated(data["rotation"] @ (x - data["best"]))
    k = jnp.arange(_TERMS, dtype=x.dtype)[:, None]
    waves = jnp.square(jnp.sin(jnp.pi * 3.0**k * z))
    mean = jnp.sum(2.0 ** (1 - k) * waves) / x.size
    return 10 * mean**3 + 10 / x.size * penalty(x)


def _schaffers_instance(seed: int, n: int, alpha: float) -> Instance:
    """Return x*, the rotation R and the matrix Λ^α Q."""
    best = optimum(seed, n)
    matrix = conditioning(alpha, n)[:, None] * second_rotation(seed, n)
    data = {"best": best, "rotation": first_rotation(seed, n), "matrix": matrix}
    return Instance(data, best)


def _schaffers_f7(x: jax.Array, data: Data) -> jax.Array:
    """Return (1/(n-1) Σ_i √s_i (1 + sin²(50 s_i^(1/5))))² + 10 f_pen(x).

    s_i = √(z_i² + z_{i+1}²), z = Λ^α Q T_asy^0.5(R (x - x*)).
    """
    z = data["matrix"] @ asymmetric(0.5, data["rotation"] @ (x - data["best"]))
    s = root(jnp.square(z[:-1]) + jnp.square(z[1:]))
    wave = jnp.square(jnp.sin(50 * power(s, 0.2)))
    return jnp.mean(root(s) * (1 + wave)) ** 2 + 10 * penalty(x)


def _griewank_rosenbrock(x: jax.Array, data: Data) -> jax.Array:
    """Return 10/(n-1) Σ_i (s_i/4000 - cos s_i) + 10, where 1 - cos s = 2 sin²(s/2).

    s_i = 100 (z_i² - z_{i+1})² + (z_i - 1)², z = max(1, √n/8) Q x + 1/2.
    """
    s = valleys(data["matrix"] @ x + 0.5)
    return 10 * jnp.mean(s / 4000 + 2 * jnp.square(jnp.sin(s / 2)))


FUNCTIONS = {
    "rastrigin": Function(15, _rastrigin, partial(_instance, alpha=10)),
    "weierstrass": Function(16, _weierstrass, partial(_instance, alpha=0.01)),
    "schaffers_f7": Function(17, _schaffers_f7, partial(_schaffers_instance, alpha=10)),
    "schaffers_f7_ill_conditioned": Function(
        18, _schaffers_f7, partial(_schaffers_instance, alpha=1000)
    ),
    "griewank_rosenbrock": Function(19, _griewank_rosenbrock, rotated_valley),
}
