"""BBOB functions 6 to 9, with low or moderate conditioning."""

import jax
import jax.numpy as jnp
import numpy as np

from .draws import first_rotation, optimum, second_rotation
from .instance import Data, Function, Instance
from .transforms import (
    conditioning,
    oscillated,
    penalty,
    power,
    powers,
    valley_scale,
    valleys,
)


def _attractive_sector_instance(seed: int, n: int) -> Instance:
    """Return x* and the matrix R Λ^10 Q."""
    best = optimum(seed, n)
    right = conditioning(10, n)[:, None] * second_rotation(seed, n)
    return Instance({"best": best, "matrix": first_rotation(seed, n) @ right}, best)


def _attractive_sector(x: jax.Array, data: Data) -> jax.Array:
    """Return T_osz(Σ_i (s_i z_i)²)^0.9, z = M (x - x*).

    s_i = 100 if z_i x*_i > 0, else 1.
    """
    z = data["matrix"] @ (x - data["best"])
    s = jnp.where(z * data["best"] > 0, 100, 1)
    return power(oscillated(jnp.sum(jnp.square(s * z))), 0.9)


def _step_ellipsoid_instance(seed: int, n: int) -> Instance:
    """Return x*, the matrix Λ^10 Q before the rounding and the rotation after it."""
    best = optimum(seed, n)
    before = conditioning(10, n)[:, None] * second_rotation(seed, n)
    data = {"best": best, "before": before, "after": first_rotation(seed, n)}
    return Instance(data, best)


def _step_ellipsoid(x: jax.Array, data: Data) -> jax.Array:
    """Return 0.1 max(|ẑ_1|/10⁴, Σ_i 10^(2 (i-1)/(n-1)) z_i²) + f_pen(x).

    ẑ = Λ^10 Q (x - x*), z = R z̃, where z̃_i is ẑ_i rounded to a whole number if
    |ẑ_i| > 0.5, else to a tenth. It is constant between the steps, so its gradient is 0
    almost everywhere in [-5, 5]^n, except near x*, where it is that of |ẑ_1|/10⁵.
    """
    fine = data["before"] @ (x - data["best"])
    coarse = jnp.floor(0.5 + fine)
    tenths = jnp.floor(0.5 + 10 * fine) / 10
    z = data["after"] @ jnp.where(jnp.abs(fine) > 0.5, coarse, tenths)
    steps = jnp.sum(powers(100, x) * jnp.square(z))
    return 0.1 * jnp.maximum(jnp.abs(fine[0]) / 1e4, steps) + penalty(x)


def _rosenbrock_instance(seed: int, n: int) -> Instance:
    best = 0.75 * optimum(seed, n)
    return Instance({"best": best}, best)


def _rosenbrock(x: jax.Array, data: Data) -> jax.Array:
    """Return Σ_i 100 (z_i² - z_{i+1})² + (z_i - 1)², z = max(1, √n/8) (x - x*) + 1."""
    z = valley_scale(x.size) * (x - data["best"]) + 1
    return jnp.sum(valleys(z))


def rotated_valley(seed: int, n: int) -> Instance:
    """Return the matrix c Q and where z = c Q x + 1/2 is 1, c = max(1, √n/8)."""
    rotation, c = second_rotation(seed, n), valley_scale(n)
    return Instance({"matrix": c * rotation}, rotation.T @ np.full(n, 0.5 / c))


def _rosenbrock_rotated(x: jax.Array, data: Data) -> jax.Array:
    """Return Σ_i 100 (z_i² - z_{i+1})² + (z_i - 1)², z = max(1, √n/8) Q x + 1/2."""
    return jnp.sum(valleys(data["matrix"] @ x + 0.5))


FUNCTIONS = {
    "attractive_sector": Function(6, _attractive_sector, _attractive_sector_instance),
    "step_ellipsoid": Function(7, _step_ellipsoid, _step_ellipsoid_instance),
    "rosenbrock": Function(8, _rosenbrock, _rosenbrock_instance),
    "rosenbrock_rotated": Function(9, _rosenbrock_rotated, rotated_valley),
}
