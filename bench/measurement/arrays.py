"""A digest of the arrays that a problem holds, and the check against the plan."""

import hashlib
import re
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from factories import is_own
from problems import MappedTree

from ..config.fingerprint import fingerprint, of_file
from ..core.spec import Named
from .constants import constants


def size_in_bytes(tree: Any) -> int:
    """Return the bytes of all arrays of a tree."""
    return sum(leaf.nbytes for leaf in jax.tree.leaves(tree))


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")  # another in every process


def digest(problem: Any) -> str:
    """Return a sha256 of a problem's leaves, and of its fields that are not arrays.

    It covers the numbers that the functions of a problem hold, as constants of its
    programs; see `constants`. Of memory-mapped examples it covers the files, as a
    fingerprint does.

    Args:
        problem: A pytree.
    """
    leaves, structure = jax.tree.flatten(problem, is_leaf=_is_mapped)
    total = hashlib.sha256(_ADDRESS.sub("", str(structure)).encode())
    for leaf in leaves:
        if _is_mapped(leaf):
            total.update(_of_files(leaf).encode())
        else:
            _add(total, leaf)
    functions, own = getattr(problem, "functions", ()), getattr(problem, "own", None)
    for number in constants(functions, own):
        _add(total, number)
    return total.hexdigest()


def _is_mapped(leaf: Any) -> bool:
    return isinstance(leaf, MappedTree)


def _of_files(examples: MappedTree) -> str:
    """Return a digest of mapped examples, wherever their files are."""
    held = [
        digest(array) if part is None else repr((of_file(Path(part.file)), *part[1:]))
        for part, array in zip(examples.parts, examples.arrays, strict=True)
    ]
    return repr((held, str(examples.structure)))


class ChangedError(ValueError):
    """Files or arrays are not those that a trial was planned with."""


def check_unchanged(named: Named, problem: Any = None) -> None:
    """Check that what was just made has the fingerprint of the plan.

    Args:
        named: A problem or an optimizer; without a fingerprint there is nothing to
            check.
        problem: The problem that was made; None for an optimizer.

    Raises:
        ChangedError: It has another one.
    """
    if not named.fingerprint:
        return
    own = problem is not None and is_own(named.name)
    held = digest(problem) if own else ""
    if fingerprint(named.name, named.settings, held) != named.fingerprint:
        hint = "; random data need a fixed seed" if own else ""
        raise ChangedError(
            f"{named.name} or data of it changed after the run began: run again{hint}"
        )


def _add(total: Any, leaf: Any) -> None:
    array = _on_host(leaf)
    total.update(f"{array.dtype} {array.shape}".encode())
    if array.dtype.hasobject:  # an integer of more than 64 bits, say
        total.update(repr(leaf).encode())
    else:
        total.update(array.reshape(-1).view(np.uint8).data)


def _on_host(leaf: Any) -> np.ndarray:
    if isinstance(leaf, jax.Array) and jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        leaf = jax.random.key_data(leaf)
    return np.asarray(leaf)
