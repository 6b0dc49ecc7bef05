"""Parameters for which an optimizer has another one stand in."""

from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from .not_applicable import named

MUON = "optax.contrib.muon"


def stand_in(name: str, settings: Mapping[str, Any], params: Any) -> str:
    """Say which arrays another optimizer takes; an empty word where none.

    Muon turns matrices into orthogonal ones; every other array it leaves to Adam.

    Args:
        name: The optimizer.
        settings: Its settings, in which others may be nested.
        params: What it is to optimize.
    """
    arrays = [np.ndim(leaf) for leaf in jax.tree.leaves(params)]
    others = sum(dimensions != 2 for dimensions in arrays)
    if MUON not in {name, *named(settings)} or not others:
        return ""
    if others == len(arrays):
        return "Adam stands in for muon: no parameter is a matrix"
    return f"Adam stands in for muon on {others} of {len(arrays)} arrays, no matrices"
