"""The callable that an optimizer sees."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
from jax.flatten_util import ravel_pytree

from .examples import Examples
from .problem import Params, Problem
from .ray import Ray


@dataclass(frozen=True, eq=False)  # by identity, so that it can be jitted
class Objective:
    """params -> mean over the examples of the problem's loss + its penalty.

    Every method asks the problem first, which may know a closed form, and
    differentiates the loss otherwise.
    """

    problem: Problem
    examples: Examples

    def __call__(self, params: Params) -> jax.Array:
        """Return the loss, float[]."""
        return self.problem.loss(params, self.examples)

    def jvp(self, params: Params, v: Params) -> tuple[jax.Array, jax.Array]:
        """Return f and the slope <grad f, v>, both float[]."""
        if known := self._known("jvp"):
            return known(params, v, self.examples)
        value, slope = jax.jvp(self, (params,), (v,))
        return value, slope

    def hvp(self, params: Params, v: Params) -> Params:
        """Return (grad² f) v, a tree like `params`."""
        if known := self._known("hvp"):
            return known(params, v, self.examples)
        return jax.jvp(jax.grad(self), (params,), (v,))[1]

    def hessian(self, params: Params) -> jax.Array:
        """Return grad² f, float[n, n], in the order of `ravel_pytree(params)`."""
        if known := self._known("hessian"):
            return known(params, self.examples)
        flat, unravel = ravel_pytree(params)
        return jax.hessian(lambda x: self(unravel(x)))(flat)

    def values(self, points: Params) -> jax.Array:
        """Return f at each of k points, float[k].

        Args:
            points: A tree like `params`, with a leading axis of k.
        """
        if known := self._known("values"):
            return known(points, self.examples)
        return jax.vmap(self)(points)

    def ray(self, params: Params, direction: Params) -> Ray | None:
        """Return t -> f(params + t * direction), where that has a closed form.

        None where the problem has no linear scores, or its examples are not in memory.
        """
        known = self._known("ray")
        return known(params, direction, self.examples) if known else None

    def _known(self, name: str) -> Callable[..., Any] | None:
        return getattr(self.problem, name, None)


def objective(problem: Problem, examples: Examples | None = None) -> Objective:
    """Return the problem's objective over some examples (default: all of `train`)."""
    return Objective(problem, problem.train if examples is None else examples)
