"""Calls of an objective, with autodiff if it is a plain function."""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from .contract import NotApplicable
from .tree_math import along, scaled

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


class Residuals(NamedTuple):
    """r of f = Σ r², with its derivatives; J = dr/dparams.

    Each is the objective's own if it has one, and by autodiff of r otherwise.

    Attributes:
        value_fn: An objective, or any function of params, with `residuals`.
    """

    value_fn: Any

    def __call__(self, params: Any) -> jax.Array:
        """Return r, float[m]."""
        return self.value_fn.residuals(params)

    def jacobian(self, params: Any) -> tuple[jax.Array, jax.Array]:
        """Return r and J, float[m, n], in the order of `ravel_pytree(params)`."""
        if known := getattr(self.value_fn, "jacobian", None):
            return known(params)
        flat, unravel = ravel_pytree(params)
        at, push = jax.linearize(lambda x: self(unravel(x)), flat)
        columns = jnp.eye(len(flat), dtype=flat.dtype)
        return at, jax.vmap(push, out_axes=1)(columns)

    def jvp(self, params: Any, v: Any) -> tuple[jax.Array, jax.Array]:
        """Return r and J v."""
        if known := getattr(self.value_fn, "residual_jvp", None):
            return known(params, v)
        return jax.jvp(self, (params,), (v,))

    def vjp(self, params: Any, w: jax.Array) -> tuple[jax.Array, Any]:
        """Return r and Jᵀ w, a tree like `params`."""
        if known := getattr(self.value_fn, "residual_vjp", None):
            return known(params, w)
        at, pullback = jax.vjp(self, params)
        return at, pullback(w)[0]

    def half_gradient(self, params: Any) -> tuple[jax.Array, Any]:
        """Return r and Jᵀ r, in the one pass back and forth of `vjp`."""
        at, pullback = jax.vjp(self, params)
        return at, pullback(at)[0]

    def bend(self, params: Any, v: Any) -> jax.Array:
        """Return d²r(params + t v)/dt² at t = 0, float[m]: two products."""
        return jax.jvp(lambda x: self.jvp(x, v)[1], (params,), (v,))[1]


def residuals_of(value_fn: Value) -> Residuals:
    """Return the residuals of an objective.

    Raises:
        NotApplicable: It has none.
    """
    if getattr(value_fn, "residuals", None) is None:
        raise NotApplicable(
            "the method needs the residuals of a sum of squares, and this problem "
            "states none"
        )
    return Residuals(value_fn)


def ggn_of(value_fn: Value) -> Callable[[Any, Any], Any]:
    """Return (params, v) -> the generalised Gauss-Newton matrix times `v`.

    It is the objective's own, or 2 Jᵀ J v of its residuals.

    Raises:
        NotApplicable: It has neither.
    """
    if known := getattr(value_fn, "ggn", None):
        return known
    if getattr(value_fn, "residuals", None) is None:
        raise NotApplicable(
            "the method needs generalised Gauss-Newton products, and this problem "
            "states neither outputs nor residuals"
        )
    of = Residuals(value_fn)

    def product(params: Any, v: Any) -> Any:
        return scaled(2, of.vjp(params, of.jvp(params, v)[1])[1])

    return product


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
