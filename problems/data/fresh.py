"""Examples that a problem draws: a fixed number of them, and a check of fresh ones."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp

from .synthetic import NoSourceError
from .tree import TreeExamples

Draw = Callable[[jax.Array, int], Any]


def drawn(draw: Draw, count: int, part: int, axis: int) -> TreeExamples:
    """Draw a fixed number of examples, the same ones whenever this is called.

    Args:
        draw: (key, size) -> a tree of arrays.
        count: Their number.
        part: Different parts of the data have different examples.
        axis: The axis of the examples.
    """
    key = jax.random.fold_in(jax.random.key(0), part)
    return TreeExamples(jax.jit(draw, static_argnums=1)(key, count), axis)


def wrong_draw(problem: Any, size: int = 2) -> str:
    """Return what is wrong with the examples that a problem draws, in one sentence.

    They are traced and not computed.

    Args:
        problem: Any problem.
        size: How many are asked for.

    Returns:
        An empty text if they are like those of `train`, or the problem draws none.
    """
    if not (hasattr(problem, "draw") and hasattr(problem.train, "take")):
        return ""
    call = f"draw(key, {size})"
    try:
        fresh = jax.eval_shape(lambda p, k: p.draw(k, size), problem, jax.random.key(0))
    except NoSourceError:
        return ""
    except Exception as error:  # a user's code may raise anything
        first = str(error).strip().partition("\n")[0]
        return f"{call} raises {type(error).__name__}: {first}"
    places = jnp.zeros(size, jnp.int32)
    train = jax.eval_shape(lambda p: p.train.take(places), problem)
    ours, theirs = _arrays(fresh), _arrays(train)
    if list(ours) != list(theirs):
        return f"{call} returns {_listed(ours)}, and train holds {_listed(theirs)}"
    for name, array in ours.items():
        if array != theirs[name]:
            return (
                f"{call} returns {array} as {name}, where {size} of train's examples "
                f"are {theirs[name]}"
            )
    return ""


def _arrays(examples: Any) -> dict[str, str]:
    """Return the type of each array of some examples by its place in their tree."""
    named = {}
    for path, leaf in jax.tree.leaves_with_path(examples):
        name = jax.tree_util.keystr(path).removeprefix(".tree")
        shape = ",".join(map(str, leaf.shape))
        named[name or "examples"] = f"{leaf.dtype}[{shape}]"
    return named


def _listed(arrays: dict[str, str]) -> str:
    return ", ".join(arrays) or "no arrays"
