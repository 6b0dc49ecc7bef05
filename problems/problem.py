"""The contract of a problem."""

from typing import Any, Protocol

import jax

Params = Any  # a tree of arrays


class Problem(Protocol):
    """f(params) = mean over the examples of a loss + a penalty.

    A problem is a frozen dataclass and a pytree: its arrays are arguments of the
    programs compiled for it, and everything else is static. A problem with closed forms
    may also have `jvp`, `hvp`, `ggn`, `hessian`, `values` and `ray`, each as in
    `Objective` with the examples as last argument. A problem with synthetic examples
    may have `draw(key, size)`, for fresh ones. One may have `metrics(params,
    examples)`, numbers by name, and `evaluate(params, examples)`, the loss that is
    evaluated off the clock.

    Examples are `Examples`, `TreeExamples`, or another form with `count`, `take` and
    `block`. What a user's class may leave out is added by `adapted`.

    One with `stateful = True` carries a state from pass to pass, as `from_functions`
    states; it is a problem as below at each of its states (`AtState`).
    """

    @property
    def train(self) -> Any:
        """Return the training examples."""
        ...

    @property
    def held_out(self) -> Any:
        """Return the held-out examples, or None."""
        ...

    def init(self, key: jax.Array) -> Params:
        """Draw the start point."""
        ...

    def loss(self, params: Params, examples: Any) -> jax.Array:
        """Return float[], the mean over the examples plus the penalty."""
        ...

    def optimum(self) -> float | None:
        """Return the least training loss, or None if it is not known."""
        ...
