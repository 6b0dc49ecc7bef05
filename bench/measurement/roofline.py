"""The roofline of a device: the rates of large matrix products and of large copies."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from .clock import timed
from .repeated import Repeated, looped

ORDER = 1024
"""Rows of the matrices that are multiplied."""
NUMBERS = 2**24
"""In the array that is copied: more than a processor's cache holds."""
BATCHES = 5


class Roofline(NamedTuple):
    """The greatest rates of a device, as one large call reached them.

    Attributes:
        flops_per_second: 2 n³ over the seconds of an n x n matrix product.
        bytes_per_second: Bytes read and written over the seconds of a copy.
    """

    flops_per_second: float
    bytes_per_second: float


def roofline(dtype: str) -> Roofline:
    """Measure both, on JAX's default device and at its matmul precision at hand.

    The fastest of a few batches counts: what disturbs a machine makes it slower.

    Args:
        dtype: Of the numbers, as a problem's.
    """
    square = jnp.eye(ORDER, dtype=dtype)
    product = _least(looped(lambda a, x, zero: a @ x, square, square + 0))
    long = jnp.zeros(NUMBERS, dtype)
    return Roofline(2 * ORDER**3 / product, 2 * long.nbytes / _least(_copied(long)))


def _copied(x: jax.Array) -> Callable[[int], float]:
    """Return what times so many passes that read and write all of x, for `Repeated`.

    Each writes where it has read: to be given new memory would cost more than a pass.
    """

    def passes(x, times, zero):
        return jax.lax.fori_loop(0, times, lambda _, x: x + zero, x)

    zero = jnp.zeros((), x.dtype)
    loop = jax.jit(passes, donate_argnums=0).lower(x, 1, zero).compile()

    def run(times: int) -> float:
        nonlocal x
        seconds, x = timed(loop, x, times, zero)
        return seconds

    return run


def _least(run: Callable[[int], float]) -> float:
    timer = Repeated(run)
    for _ in range(BATCHES):
        timer.time()
    return timer.least()
