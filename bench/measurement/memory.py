"""The last gradient that an optimizer computed in a step, for the next step."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import Jaxpr

from .count import equations


class Known(NamedTuple):
    """A point with the loss and the gradient there; the point is NaN before any."""

    point: Any
    value: Any
    gradient: Any

    def at(self, params: Any) -> jax.Array:
        """Return bool[]: whether the point is `params`, up to rounding of each number.

        A search and the loop add the same step, which XLA may round differently.
        """
        same = jax.tree.map(_equal, self.point, params)
        return jax.tree.reduce(jnp.logical_and, same, jnp.asarray(True))


def _equal(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return bool[]: |a - b| <= 4 ε max(|a|, |b|) everywhere; not where one is NaN."""
    room = 4 * jnp.finfo(b.dtype).eps * jnp.maximum(jnp.abs(a), jnp.abs(b))
    return jnp.all(jnp.abs(a - b) <= room)


def nothing_known(params: Any, value: Any) -> Known:
    """Return what is known before the first gradient, in these shapes and types.

    It is of NumPy's arrays: an operation on the device would be compiled.
    """
    nowhere = jax.tree.map(lambda x: np.full(x.shape, np.nan, x.dtype), params)
    return Known(nowhere, np.zeros(value.shape, value.dtype), nowhere)


class Memory:
    """Holds a `Known` in references of the compiled program, which calls may replace.

    Args:
        known: What is known at the start.
    """

    def __init__(self, known: Known):
        self._refs = jax.tree.map(jax.new_ref, known)

    def read(self) -> Known:
        """Return what is known now."""
        return jax.tree.map(lambda ref: ref[...], self._refs)

    def write(self, known: Known) -> None:
        """Replace it; by nothing if it was computed in other dtypes."""
        refs, new = jax.tree.leaves(self._refs), jax.tree.leaves(known)
        alike = all(r.dtype == n.dtype for r, n in zip(refs, new, strict=True))
        if not alike:
            nowhere = jax.tree.map(lambda x: jnp.full_like(x, jnp.nan), known.point)
            new = jax.tree.leaves(known._replace(point=nowhere))
        for ref, leaf in zip(refs, new, strict=True):
            # a derivative of the gradient passes here, and a reference takes none
            ref[...] = lax.stop_gradient(leaf).astype(ref.dtype)


class NotRemembered(Exception):
    """A gradient is taken where no reference can be written."""


class Remembering:
    """An objective whose gradients are remembered, and that otherwise is the same.

    It makes no call of its own. What is remembered does not depend on the optimizer's
    state: a line search's last gradient is found in any wrapper, and used only where
    the next params are its point.

    Args:
        objective: `params -> float[]`, differentiable.
        memory: Replaced by each gradient.

    Raises:
        NotRemembered: A call is differentiated after it was traced, as in a gradient
            through a loop or a branch.
    """

    def __init__(self, objective: Any, memory: Memory):
        self._objective, self.memory = objective, memory

    def __getattr__(self, name: str) -> Any:
        """Pass on every other call."""
        return getattr(self._objective, name)

    def __call__(self, params):
        """Return the loss; its gradient is remembered when it is taken."""
        traced = []

        @jax.custom_vjp
        def value(params):
            traced.append(True)
            return self._objective(params)

        def forward(params):
            if traced:
                raise NotRemembered("a call is differentiated through a loop or branch")
            value, vjp = jax.vjp(self._objective, params)
            return value, (params, value, vjp)

        def backward(known, cotangent):
            params, value, vjp = known
            (gradient,) = vjp(cotangent)
            whole = cotangent == 1  # otherwise it is a multiple of the gradient
            point = jax.tree.map(lambda x: jnp.where(whole, x, jnp.nan), params)
            self.memory.write(Known(point, value, gradient))
            return (gradient,)

        value.defvjp(forward, backward)
        return value(params)


def writes_in_branches(jaxpr: Jaxpr) -> bool:
    """Return whether a branch or a loop of unknown length has effects, as writes do."""
    return any(
        equation.primitive.name in ("cond", "while") and bool(equation.effects)
        for equation in equations(jaxpr)
    )
