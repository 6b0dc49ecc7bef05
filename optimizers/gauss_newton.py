"""The Gauss-Newton method for sums of squares."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import WithLoss, calls_value_fn, needs
from .linear_model import (
    Form,
    LinearModel,
    as_tree,
    by_products,
    loss_and_downhill,
    loss_at,
    model_dtype,
    solve_by_products,
)
from .objective import Residuals, residuals_of
from .schedules import at
from .settings import Count, LogUniform, NonNegative, Rate, checked
from .tree_math import along, dot, scaled

_SHARE = 1e-4
"""Share of the fall along the tangent that a halved step must reach."""
_HALVINGS = 30


class GaussNewtonState(NamedTuple):
    """Steps taken, and the loss before the last one."""

    count: jax.Array
    loss: jax.Array


class _Direction(NamedTuple):
    loss: jax.Array  # ‖r‖²
    step: Any  # p, a tree
    slope: jax.Array  # d/dt ‖r(x + t p)‖² at 0


@checked
@calls_value_fn
@needs(residuals_of)
def gauss_newton(
    learning_rate: Annotated[Rate, LogUniform(1e-2, 2.0)] = 1.0,
    backtracking: bool = False,
    jacobian: Form = "auto",
    tolerance: NonNegative = 1e-3,
    max_products: Count | None = None,
) -> WithLoss:
    """x_{k+1} = x_k + ε p with p = argmin ‖r + J p‖², for f = ‖r(x)‖².

    On a linear problem a step is the closed form. The method asks for residuals and
    Jacobian in one call, and needs neither the value nor the gradient of a step.

    Args:
        learning_rate: ε, share of the full step, > 0, or a schedule.
        backtracking: Halve the step until f falls by 1e-4 of what the slope promises,
            30 times at most, and otherwise stay; each look is a call of the residuals.
        jacobian: "full": one Jacobian a step, and p by an orthogonal decomposition.
            "products": p by conjugate gradients, with a product by J and one by Jᵀ in
            each iteration. "auto": the first up to 500 parameters.
        tolerance: Where conjugate gradients stop, as a share of ‖Jᵀ r‖, >= 0.
        max_products: Most iterations of conjugate gradients in a step; without it, the
            number of parameters.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`,
        which has `residuals`.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: The problem states no residuals, or `jacobian` is "full" and
            there are too many parameters.

    References:
        Nocedal and Wright, "Numerical Optimization", 2006, section 10.3.
    """

    def init(params: optax.Params) -> GaussNewtonState:
        by_products(jacobian, params)
        dtype = model_dtype(params)
        return GaussNewtonState(jnp.zeros([], jnp.int32), jnp.zeros([], dtype))

    def update(
        updates: optax.Updates,
        state: GaussNewtonState,
        params: optax.Params,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, GaussNewtonState]:
        del updates, extra_args
        residuals = residuals_of(value_fn)
        if by_products(jacobian, params):
            most = max_products or optax.tree.size(params)
            found = _iterated(residuals, params, tolerance, most)
        else:
            found = _direct(residuals, params)
        rate = jnp.asarray(at(learning_rate, state.count), found.loss.dtype)
        if backtracking:
            rate = _halved(residuals, params, found, rate)
        after = GaussNewtonState(state.count + 1, found.loss)
        return scaled(rate, found.step), after

    return WithLoss(init, update, lambda state: state.loss)


def _direct(residuals: Residuals, params: optax.Params) -> _Direction:
    model = LinearModel.at(residuals, params)
    scales = model.scales()
    step = model.least(jnp.where(scales > 0, scales, 1))
    slope = 2 * jnp.vdot(model.half_gradient(), step)
    return _Direction(model.loss, as_tree(step, params), slope)


def _iterated(
    residuals: Residuals, params: optax.Params, tolerance: Any, most: int
) -> _Direction:
    loss, downhill = loss_and_downhill(residuals, params)
    step = solve_by_products(residuals, params, downhill, tolerance, most).step
    return _Direction(loss, step, -2 * dot(downhill, step))


def _halved(
    residuals: Residuals, params: optax.Params, of: _Direction, rate: jax.Array
) -> jax.Array:
    """Return the first of rate, rate/2, ... at which the loss falls enough, or 0.

    A fall that is less than the loss's rounding error is not looked for.
    """
    slope = of.slope.astype(rate.dtype)

    def enough(length: jax.Array) -> jax.Array:
        new = loss_at(residuals, along(params, length, of.step))
        return (new <= of.loss + _SHARE * length * slope) & (new < of.loss)

    def goes_on(carry: tuple) -> jax.Array:
        count, length, found = carry
        resolved = -length * slope > jnp.finfo(rate.dtype).eps * of.loss
        return ~found & resolved & (count < _HALVINGS)

    def halve(carry: tuple) -> tuple:
        count, length, _ = carry
        return count + 1, length / 2, enough(length / 2)

    first = jnp.asarray(0), rate, enough(rate)
    _, length, found = jax.lax.while_loop(goes_on, halve, first)
    return jnp.where(found, length, 0)
