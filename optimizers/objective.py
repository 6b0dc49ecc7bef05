"""Calls of an objective, with autodiff if it is a plain function."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import jax
from jax.flatten_util import ravel_pytree

from .tree_math import along

Value = Callable[[Any], jax.Array]


def jvp(value_fn: Value, params: Any, v: Any) -> tuple[jax.Array, jax.Array]:
    """Return the value at `params` and the slope along `v`."""
    known = getattr(value_fn, "jvp", None)
    return known(params, v) if known else jax.jvp(value_fn, (params,), (v,))


def hvp(value_fn: Value, params: Any, v: Any) -> Any:
    """Return the Hessian at `params` times `v`, a tree like `params`."""
    if known := getattr(value_fn, "hvp", None):
        return known(params, v)
    return jax.jvp(jax.grad(value_fn), (params,), (v,))[1]


def hessian(value_fn: Value, params: Any) -> jax.Array:
    """Return the Hessian, float[n, n], in the order of `ravel_pytree(params)`."""
    if known := getattr(value_fn, "hessian", None):
        return known(params)
    flat, unravel = ravel_pytree(params)
    return jax.hessian(lambda x: value_fn(unravel(x)))(flat)


def values(value_fn: Value, points: Any) -> jax.Array:
    """Return the values at k points stacked on a leading axis, float[k]."""
    known = getattr(value_fn, "values", None)
    return known(points) if known else jax.vmap(value_fn)(points)


class Ray(Protocol):
    """t -> f(params + t * direction)."""

    def __call__(self, t: jax.Array, /) -> jax.Array:
        """Return the value at t, float[]."""
        ...

    def slope(self, t: jax.Array, /) -> tuple[jax.Array, jax.Array]:
        """Return the value at t and its derivative by t, float[] each."""
        ...

    def values(self, lengths: jax.Array, /) -> jax.Array:
        """Return the values at lengths[i], float[k]."""
        ...


def ray(value_fn: Value, params: Any, direction: Any, closed_form: bool = True) -> Ray:
    """Return t -> the value at `params + t * direction`.

    Args:
        value_fn: An objective, or any function of params.
        params: Where the ray starts.
        direction: A tree like `params`.
        closed_form: Whether to use the objective's own ray if it has one. Otherwise
            each value is a call of the objective at the point.
    """
    known = getattr(value_fn, "ray", None) if closed_form else None
    own = known(params, direction) if known else None
    return _Points(value_fn, params, direction) if own is None else own


class _Points(NamedTuple):
    """A ray whose values are calls of the objective at points along it."""

    value_fn: Value
    params: Any
    direction: Any

    def __call__(self, t: jax.Array, /) -> jax.Array:
        return self.value_fn(self._at(t))

    def slope(self, t: jax.Array, /) -> tuple[jax.Array, jax.Array]:
        return jvp(self.value_fn, self._at(t), self.direction)

    def values(self, lengths: jax.Array, /) -> jax.Array:
        return values(self.value_fn, jax.vmap(self._at)(lengths))

    def _at(self, t: jax.Array) -> Any:
        return along(self.params, t, self.direction)
