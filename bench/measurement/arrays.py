"""A digest of the arrays that a problem holds."""

import hashlib
import re
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # another in every process


def digest(problem: Any) -> str:
    """Return a sha256 of a problem's leaves, and of its fields that are not arrays.

    Args:
        problem: A pytree.
    """
    leaves, structure = jax.tree.flatten(problem)
    total = hashlib.sha256(_ADDRESS.sub("", str(structure)).encode())
    for leaf in leaves:
        array = _on_host(leaf)
        total.update(f"{array.dtype} {array.shape}".encode())
        total.update(array.reshape(-1).view(np.uint8).data)
    return total.hexdigest()


def _on_host(leaf: Any) -> np.ndarray:
    if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    return np.asarray(leaf)
