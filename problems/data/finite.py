"""Examples with numbers that are not finite."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import keystr

from .examples import Examples
from .tree import TreeExamples


def not_finite(name: str, examples: Any) -> str:
    """Return which examples hold a number that is not finite; empty if none does.

    Of several arrays the first is named. Arrays that stay in files are not read.

    Args:
        name: In the words: `train`, `held_out` or `validation`.
        examples: `Examples` or `TreeExamples`.
    """
    if isinstance(examples, TreeExamples):
        tree, axis = examples.tree, examples.axis
    elif isinstance(examples, Examples):
        tree, axis = examples, -1
    else:
        return ""
    for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
        if leaf.size and jnp.issubdtype(leaf.dtype, jnp.floating):
            array = np.asarray(leaf)
            if np.isfinite(array.min()) and np.isfinite(array.max()):
                continue
            places = _places(array, axis)
            more = f" and {len(places) - 1:,} more" if len(places) > 1 else ""
            return f"{name}{keystr(path)} is not finite in example {places[0]}{more}"
    return ""


def _places(array: Any, axis: int) -> Any:
    """Return the places of the examples that are not finite, int[k]."""
    rows = np.moveaxis(~np.isfinite(array), axis, 0)
    return np.flatnonzero(rows.reshape(len(rows), -1).any(1))
