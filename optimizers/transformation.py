"""An optimizer from its two functions."""

from collections.abc import Callable
from typing import Any

import optax


def transformation(
    init: Callable[..., Any], update: Callable[..., tuple[Any, Any]]
) -> optax.GradientTransformationExtraArgs:
    """Pair `init` with an `update` that needs keywords of its own.

    optax's protocol says that every keyword is optional; an optimizer that needs
    `value_fn` says so in its signature, and a type checker must not mind.
    """
    return optax.GradientTransformationExtraArgs(init, update)
