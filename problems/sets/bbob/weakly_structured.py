"""BBOB functions 20 to 24, with many minima and hardly any global structure."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from .draws import (
    first_rotation,
    normal,
    optimum,
    ranks,
    second_rotation,
    signs,
    uniform,
)
from .instance import Data, Function, Instance
from .transforms import (
    conditioning,
    oscillated,
    penalty,
    positive,
    ripple,
    scaled,
    steps,
)

_SCHWEFEL = 4.2096874637
_SCHWEFEL_LEAST = 4.189828872724339
_DIGITS = 32
_NEAR, _DEPTH = 2.5, 1.0
"""Of Lunacek's function: μ_0 and d."""


def _schwefel_instance(seed: int, n: int) -> Instance:
    """Return x*, each of whose entries is ±4.2096874637/2."""
    best = 0.5 * _SCHWEFEL * signs(uniform(seed, n) - 0.5)
    return Instance({"best": best}, best)


def _schwefel(x: jax.Array, data: Data) -> jax.Array:
    """Return 4.189828872724339 - 1/(100 n) Σ_i z_i sin √|z_i| + 100 f_pen(z/100).

    z = 100 (Λ^10 (ẑ - 2 |x*|) + 2 |x*|), ẑ_1 = x̂_1, ẑ_{i+1} = x̂_{i+1} + (x̂_i -
    2 |x*_i|)/4, x̂ = 2 sign(x*) x.
    """
    twice = 2 * jnp.abs(data["best"])
    rest = 2 * jnp.sign(data["best"]) * x - twice
    before = jnp.concatenate([jnp.zeros(1, x.dtype), rest[:-1]])
    z = 100 * (scaled(10, rest + 0.25 * before) + twice)
    waves = jnp.mean(z * jnp.sin(jnp.sqrt(positive(jnp.abs(z))))) / 100
    return _SCHWEFEL_LEAST - waves + 100 * penalty(z / 100)


def _gallagher_instance(
    seed: int, n: int, peaks: int, highest: float, bound: float
) -> Instance:
    """Return the rotation, and centres, heights and scales of the peaks.

    Args:
        seed: Of the instance.
        n: Parameters.
        peaks: 101 or 21.
        highest: √α of the highest peak.
        bound: The centres are in [-bound, bound]^n, that of the highest peak in 0.8
            times that.
    """
    rotation = second_rotation(seed, n)
    centres = bound * (2 * uniform(seed, n * peaks).reshape(peaks, n) - 1)
    centres[0] *= 0.8
    others = peaks - 1
    heights = np.concatenate([[10], 1.1 + 8 * steps(others)])
    conditions = 1000 ** (ranks(seed, others) / (others - 1))
    scales = [
        condition ** (ranks(seed + 1000 * i, n) / (n - 1) - 0.5)
        for i, condition in enumerate([highest, *conditions])
    ]
    data = {
        "rotation": rotation,
        "centres": centres @ rotation.T,
        "heights": heights,
        "scales": np.array(scales),
    }
    return Instance(data, centres[0])


def _gallagher(x: jax.Array, data: Data) -> jax.Array:
    """Return T_osz(10 - max_k w_k exp(-1/(2n) Σ_i c_ki z_ki²))² + f_pen(x).

    z_k = R (x - y_k), where y_k are the centres of the peaks, w_k their heights and c_k
    their scales.
    """
    away = jnp.square(data["rotation"] @ x - data["centres"])
    exponents = jnp.sum(data["scales"] * away, axis=1) / (2 * x.size)
    depth = 10 - jnp.max(data["heights"] * jnp.exp(-exponents))
    return oscillated(depth) ** 2 + penalty(x)


def _conditioned(seed: int, n: int) -> NDArray:
    """Return R Λ^100 Q, float64[n, n]."""
    right = conditioning(100, n)[:, None] * second_rotation(seed, n)
    return first_rotation(seed, n) @ right


def _katsuura_instance(seed: int, n: int) -> Instance:
    best = optimum(seed, n)
    return Instance({"best": best, "matrix": _conditioned(seed, n)}, best)


def _katsuura(x: jax.Array, data: Data) -> jax.Array:
    """Return 10/n² Π_i (1 + i Σ_j |2^j z_i - [2^j z_i]|/2^j)^(10/n^1.2) - 10/n².

    z = R Λ^100 Q (x - x*), j = 1, ..., 32; it is added to f_pen(x).
    """
    n = x.size
    z = data["matrix"] @ (x - data["best"])
    scale = 2.0 ** jnp.arange(1, _DIGITS + 1, dtype=x.dtype)[:, None]
    digits = jnp.sum(jnp.abs(scale * z - jnp.round(scale * z)) / scale, axis=0)
    places = jnp.arange(1, n + 1, dtype=x.dtype)
    logs = 10 / n**1.2 * jnp.sum(jnp.log1p(places * digits))
    return 10 / n**2 * jnp.expm1(logs) + penalty(x)


def _lunacek_instance(seed: int, n: int) -> Instance:
    """Return x*, each of whose entries is ±μ_0/2."""
    best = 0.5 * _NEAR * signs(normal(seed, n))
    return Instance({"best": best, "matrix": _conditioned(seed, n)}, best)


def _lunacek_bi_rastrigin(x: jax.Array, data: Data) -> jax.Array:
    """Return min(|x̂ - μ_0|², d n + s |x̂ - μ_1|²) + 10 (n - Σ_i cos 2πz_i).

    10⁴ f_pen(x) is added. x̂ = 2 sign(x*) x, z = R Λ^100 Q (x̂ - μ_0), μ_0 = 2.5, d = 1,
    s = 1 - 1/(2 √(n + 20) - 8.2), μ_1 = -√((μ_0² - d)/s).
    """
    n = x.size
    s = 1 - 1 / (2 * (n + 20) ** 0.5 - 8.2)
    far = -(((_NEAR**2 - _DEPTH) / s) ** 0.5)
    both = 2 * jnp.sign(data["best"]) * x
    near_bowl = jnp.sum(jnp.square(both - _NEAR))
    far_bowl = _DEPTH * n + s * jnp.sum(jnp.square(both - far))
    waves = ripple(data["matrix"] @ (both - _NEAR))
    return jnp.minimum(near_bowl, far_bowl) + waves + 1e4 * penalty(x)


FUNCTIONS = {
    "schwefel": Function(20, _schwefel, _schwefel_instance),
    "gallagher_101": Function(
        21,
        _gallagher,
        partial(_gallagher_instance, peaks=101, highest=1000**0.5, bound=5.0),
    ),
    "gallagher_21": Function(
        22,
        _gallagher,
        partial(_gallagher_instance, peaks=21, highest=1000.0, bound=4.9),
    ),
    "katsuura": Function(23, _katsuura, _katsuura_instance),
    "lunacek_bi_rastrigin": Function(24, _lunacek_bi_rastrigin, _lunacek_instance),
}
