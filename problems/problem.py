"""The contract of a problem."""

from typing import Any, Protocol

import jax

from .data.examples import Examples

Params = Any  # a tree of arrays


class Problem(Protocol):
    """f(params) = mean over the examples of a loss + a penalty.

    A problem is a frozen dataclass and a pytree: its arrays are arguments of the
    programs compiled for it, and everything else is static. A problem with closed forms
    may also have `jvp`, `hvp`, `hessian`, `values` and `ray`, each as in `Objective`
    with the examples as last argument. A problem with synthetic examples may have
    `draw(key, size) -> Examples`, for fresh ones.
    """

    @property
    def train(self) -> Examples:
        """Return the training examples."""
        ...

    @property
    def held_out(self) -> Examples | None:
        """Return the held-out examples, or None."""
        ...

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        ...

    def loss(self, params: Params, examples: Examples) -> jax.Array:
        """Return float[], the mean over the examples plus the penalty."""
        ...

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        ...
