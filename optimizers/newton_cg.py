"""Newton's method by Hessian-vector products."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import calls_value_fn, transformation
from .objective import hvp
from .schedules import at
from .settings import Count, LogUniform, NonNegative, Positive, Rate, checked
from .tree_math import along, dot, scaled


class NewtonCGState(NamedTuple):
    """Steps taken, for a scheduled learning rate."""

    count: jax.Array


@checked
@calls_value_fn
def newton_cg(
    learning_rate: Rate = 1.0,
    damping: Annotated[NonNegative, LogUniform(1e-8, 1e1)] = 0.0,
    tolerance: NonNegative = 1e-2,
    max_hvps: Count | None = None,
    radius: Positive | None = None,
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k + ε p with (H_k + λ I) p ≈ -g_k by conjugate gradients.

    The iteration ends where ‖(H + λ I) p + g‖ <= tolerance ‖g‖, at a direction of
    negative curvature, or at the radius. Negative curvature is followed to the
    radius; without a radius the current p is the step (-g in the first iteration), so
    that every step is a descent direction.

    Args:
        learning_rate: ε, share of the full step, > 0, or a schedule.
        damping: λ, in units of the Hessian, >= 0.
        tolerance: Residual at which to stop, as a share of ‖g‖, >= 0.
        max_hvps: Most Hessian-vector products per step; without it, the number of
            parameters.
        radius: Longest p, in units of the parameters, > 0; without it, any.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`; it
        needs one Hessian-vector product per iteration.

    Raises:
        ValueError: A number is out of its range.

    References:
        Steihaug, "The conjugate gradient method and trust regions in large scale
        optimization", 1983.
    """

    def init(params: optax.Params) -> NewtonCGState:
        del params
        return NewtonCGState(jnp.zeros([], jnp.int32))

    def update(
        updates: optax.Updates,
        state: NewtonCGState,
        params: optax.Params | None = None,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, NewtonCGState]:
        del extra_args

        def product(v: Any) -> Any:
            return along(hvp(value_fn, params, v), damping, v)

        most = max_hvps or optax.tree.size(updates)
        step = _steihaug(product, updates, tolerance, most, radius)
        rate = at(learning_rate, state.count)
        return scaled(rate, step), NewtonCGState(state.count + 1)

    return transformation(init, update)


class _Iterate(NamedTuple):
    products: jax.Array
    step: Any  # p
    residual: Any  # r = -g - A p
    direction: Any  # d
    square: jax.Array  # ‖r‖²
    ended: jax.Array


def _steihaug(
    product: Callable[[Any], Any],
    gradient: Any,
    tolerance: Any,
    most: int,
    radius: Any | None,
) -> Any:
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
        p, a tree like g.
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
    return jax.lax.while_loop(going, iterate, begin).step


def _boundary(now: _Iterate, bound: jax.Array) -> Any:
    """Return p + τ d on the sphere; with no bound, p, or -g in the first iteration."""
    dd = dot(now.direction, now.direction)
    pd = dot(now.step, now.direction)
    pp = dot(now.step, now.step)
    first = (now.products == 0).astype(dd.dtype)
    root = jnp.sqrt(pd**2 + dd * jnp.maximum(bound**2 - pp, 0))
    length = jnp.where(jnp.isfinite(bound), (root - pd) / dd, first)
    return along(now.step, length, now.direction)
