"""BBOB functions 1 to 5, which are separable."""

import jax
import jax.numpy as jnp
import numpy as np

from .draws import optimum, signs
from .instance import Data, Function, Instance
from .transforms import asymmetric, oscillated, penalty, powers, ripple, scaled


def _shifted(seed: int, n: int) -> Instance:
    best = optimum(seed, n)
    return Instance({"best": best}, best)


def _sphere(x: jax.Array, data: Data) -> jax.Array:
    """Return Σ_i (x - x*)_i²."""
    return jnp.sum(jnp.square(x - data["best"]))


def _ellipsoid(x: jax.Array, data: Data) -> jax.Array:
    """Return Σ_i 10^(6 (i-1)/(n-1)) z_i², z = T_osz(x - x*)."""
    z = oscillated(x - data["best"])
    return jnp.sum(powers(1e6, x) * jnp.square(z))


def _rastrigin(x: jax.Array, data: Data) -> jax.Array:
    """Return 10 (n - Σ_i cos 2πz_i) + |z|², z = Λ^10 T_asy^0.2(T_osz(x - x*))."""
    z = scaled(10, asymmetric(0.2, oscillated(x - data["best"])))
    return ripple(z) + jnp.sum(jnp.square(z))


def _buche_rastrigin_instance(seed: int, n: int) -> Instance:
    """Return x* with positive entries at odd places, counted from 1."""
    best = optimum(seed, n)
    best[::2] = np.abs(best[::2])
    return Instance({"best": best}, best)


def _buche_rastrigin(x: jax.Array, data: Data) -> jax.Array:
    """Return 10 (n - Σ_i cos 2πz_i) + |z|² + 100 f_pen(x), z_i = s_i T_osz(x - x*)_i.

    s_i = 10^((i-1)/(2 (n-1))), 10 times that if T_osz(x - x*)_i > 0 and i is odd.
    """
    t = oscillated(x - data["best"])
    odd = jnp.arange(x.size) % 2 == 0  # counted from 1
    z = scaled(10, t) * jnp.where(odd & (t > 0), 10, 1)
    return ripple(z) + jnp.sum(jnp.square(z)) + 100 * penalty(x)


def _linear_slope_instance(seed: int, n: int) -> Instance:
    """Return a corner of [-5, 5]^n as x*."""
    best = 5 * signs(optimum(seed, n))
    return Instance({"best": best}, best)


def _linear_slope(x: jax.Array, data: Data) -> jax.Array:
    """Return Σ_i 10^((i-1)/(n-1)) max(0, 5 - sign(x*_i) x_i)."""
    rest = jnp.maximum(0, 5 - jnp.sign(data["best"]) * x)
    return jnp.sum(powers(10, x) * rest)


FUNCTIONS = {
    "sphere": Function(1, _sphere, _shifted, convex=True),
    "ellipsoid_separable": Function(2, _ellipsoid, _shifted),
    "rastrigin_separable": Function(3, _rastrigin, _shifted),
    "buche_rastrigin": Function(4, _buche_rastrigin, _buche_rastrigin_instance),
    "linear_slope": Function(5, _linear_slope, _linear_slope_instance, convex=True),
}
