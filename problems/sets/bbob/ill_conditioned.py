"""BBOB functions 10 to 14, with high conditioning and one minimum."""

import jax
import jax.numpy as jnp

from .draws import far_optimum, first_rotation, optimum, second_rotation
from .instance import Data, Function, Instance
from .transforms import (
    asymmetric,
    conditioning,
    oscillated,
    power,
    powers,
    root,
    steps_of,
)


def _rotated(seed: int, n: int) -> Instance:
    best = optimum(seed, n)
    return Instance({"best": best, "rotation": first_rotation(seed, n)}, best)


def _ellipsoid(x: jax.Array, data: Data) -> jax.Array:
    """Return Σ_i 10^(6 (i-1)/(n-1)) z_i², z = T_osz(R (x - x*))."""
    z = oscillated(data["rotation"] @ (x - data["best"]))
    return jnp.sum(powers(1e6, x) * jnp.square(z))


def _discus(x: jax.Array, data: Data) -> jax.Array:
    """Return 10⁶ z_1² + Σ_{i>1} z_i², z = T_osz(R (x - x*))."""
    z = jnp.square(oscillated(data["rotation"] @ (x - data["best"])))
    return 1e6 * z[0] + jnp.sum(z[1:])


def _bent_cigar_instance(seed: int, n: int) -> Instance:
    best = far_optimum(seed, n)
    return Instance({"best": best, "rotation": first_rotation(seed, n)}, best)


def _bent_cigar(x: jax.Array, data: Data) -> jax.Array:
    """Return z_1² + 10⁶ Σ_{i>1} z_i², z = R T_asy^0.5(R (x - x*))."""
    rotation = data["rotation"]
    z = rotation @ asymmetric(0.5, rotation @ (x - data["best"]))
    return z[0] ** 2 + 1e6 * jnp.sum(jnp.square(z[1:]))


def _sharp_ridge_instance(seed: int, n: int) -> Instance:
    """Return x* and the matrix R Λ^10 Q."""
    best = optimum(seed, n)
    right = conditioning(10, n)[:, None] * second_rotation(seed, n)
    return Instance({"best": best, "matrix": first_rotation(seed, n) @ right}, best)


def _sharp_ridge(x: jax.Array, data: Data) -> jax.Array:
    """Return z_1² + 100 √(Σ_{i>1} z_i²), z = M (x - x*).

    It has no gradient on the ridge, where the sum is 0; that of z_1² is returned there.
    """
    z = data["matrix"] @ (x - data["best"])
    return z[0] ** 2 + 100 * root(jnp.sum(jnp.square(z[1:])))


def _different_powers(x: jax.Array, data: Data) -> jax.Array:
    """Return √(Σ_i |z_i|^(2 + 4 (i-1)/(n-1))), z = R (x - x*)."""
    z = jnp.abs(data["rotation"] @ (x - data["best"]))
    return root(jnp.sum(power(z, 2 + 4 * steps_of(x))))


FUNCTIONS = {
    "ellipsoid": Function(10, _ellipsoid, _rotated),
    "discus": Function(11, _discus, _rotated),
    "bent_cigar": Function(12, _bent_cigar, _bent_cigar_instance),
    "sharp_ridge": Function(13, _sharp_ridge, _sharp_ridge_instance, convex=True),
    "different_powers": Function(14, _different_powers, _rotated, convex=True),
}
