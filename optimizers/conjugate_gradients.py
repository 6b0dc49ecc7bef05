"""Conjugate gradients for a quadratic model, inside a ball or without one."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .tree_math import along, dot, scaled


class _Iterate(NamedTuple):
    products: jax.Array
    step: Any  # p
    residual: Any  # r = -g - A p
    direction: Any  # d
    square: jax.Array  # ‖r‖²
    ended: jax.Array


def steihaug(
    product: Callable[[Any], Any],
    gradient: Any,
    tolerance: Any,
    most: int,
    radius: Any | None,
) -> tuple[Any, Any]:
    """p ≈ argmin gᵀp + ½ pᵀAp over ‖p‖ <= η.

    `jax.scipy.sparse.linalg.cg` cannot be used: it calls the product in a custom rule,
    which does not allow the effect by which the meter counts.

    Args:
        product: v -> A v, A symmetric.
        gradient: g, a tree.
        tolerance: Residual at which to stop, as a share of ‖g‖.
        most: Most products.
        radius: η, or None for no bound.

    Returns:
        p, a tree like g, and r = -g - A p where the iteration ended inside; at the
        radius r is of another point.

    References:
        Steihaug, "The conjugate gradient method and trust regions in large scale
        optimization", 1983.
    """
    downhill = scaled(-1, gradient)
    start = dot(gradient, gradient)
    goal = jnp.asarray(tolerance, start.dtype) ** 2 * start
    bound = jnp.asarray(jnp.inf if radius is None else radius, start.dtype)

    def iterate(now: _Iterate) -> _Iterate:
        image = product(now.direction)
        curvature = dot(now.direction, image)
        length = now.square / jnp.where(curvature > 0, curvature, 1)
        longer = along(now.step, length, now.direction)
        outside = (curvature <= 0) | (dot(longer, longer) >= bound**2)
        residual = along(now.residual, -length, image)
        square = dot(residual, residual)
        direction = along(residual, square / now.square, now.direction)
        step = optax.tree.where(outside, _boundary(now, bound), longer)
        ended = jnp.asarray(outside | ~(square > goal))
        return _Iterate(now.products + 1, step, residual, direction, square, ended)

    zero = optax.tree.zeros_like(gradient)
    begin = _Iterate(jnp.asarray(0), zero, downhill, downhill, start, ~(start > 0))
    going = lambda now: ~now.ended & (now.products < most)  # noqa: E731
    end = jax.lax.while_loop(going, iterate, begin)
    return end.step, end.residual


def _boundary(now: _Iterate, bound: jax.Array) -> Any:
    """Return p + τ d on the sphere; with no bound, p, or -g in the first iteration."""
    dd = dot(now.direction, now.direction)
    pd = dot(now.step, now.direction)
    pp = dot(now.step, now.step)
    first = (now.products == 0).astype(dd.dtype)
    root = jnp.sqrt(pd**2 + dd * jnp.maximum(bound**2 - pp, 0))
    length = jnp.where(jnp.isfinite(bound), (root - pd) / dd, first)
    return along(now.step, length, now.direction)
