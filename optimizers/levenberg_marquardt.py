"""The Levenberg-Marquardt method for sums of squares."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

from .contract import NotApplicable, WithLoss, calls_value_fn, needs
from .linear_model import (
    Form,
    LinearModel,
    as_tree,
    by_products,
    loss_and_downhill,
    loss_at,
    model_dtype,
    solve_by_products,
    solved_twice,
)
from .objective import Residuals, residuals_of
from .settings import Count, LogUniform, NonNegative, Positive, checked
from .tree_math import along

ACCEPTED = 1e-4
"""Least gain ratio of a step that is taken, as in MINPACK."""
_BENT = 0.75
"""Greatest 2 ‖D a‖ / ‖D v‖ of a geodesic step that is taken."""


class Damping(NamedTuple):
    """μ and the factor ν by which the next rejection raises it, float[] each."""

    amount: jax.Array
    growth: jax.Array

    def after(self, gain: jax.Array, accepted: jax.Array) -> "Damping":
        """Return the damping of the next step; Nielsen's rule, within bounds.

        The bounds keep numbers finite where rounding rejects every step.
        """
        bound = float(jnp.finfo(self.amount.dtype).eps) ** 2
        lower = self.amount * jnp.maximum(1 / 3, 1 - (2 * gain - 1) ** 3)
        amount = jnp.where(accepted, lower, self.amount * self.growth)
        growth = jnp.where(accepted, 2, 2 * self.growth)
        amount = jnp.clip(amount, bound, 1 / bound)
        return Damping(amount, jnp.minimum(growth, 2.0**30).astype(amount.dtype))


class LevenbergMarquardtState(NamedTuple):
    """What the next step needs of the last ones.

    Attributes:
        damping: μ and ν.
        loss: Before the last step.
        moved: Whether that was taken, so that the model has to be computed anew.
        model: R and q of the params; () where the Jacobian is only multiplied with.
        scales: D, the greatest lengths of the Jacobian's columns so far; or ().
    """

    damping: Damping
    loss: jax.Array
    moved: jax.Array
    model: Any
    scales: Any


class _Step(NamedTuple):
    step: Any  # p, a tree
    fall: jax.Array  # that the model predicts, plus that of the damping
    taken: jax.Array  # False if it may not be taken


@checked
@calls_value_fn
@needs(residuals_of)
def levenberg_marquardt(
    damping: Annotated[Positive, LogUniform(1e-6, 1e2)] = 1e-3,
    geodesic: bool = False,
    jacobian: Form = "auto",
    tolerance: NonNegative = 1e-3,
    max_products: Count | None = None,
) -> WithLoss:
    """x + p with (JᵀJ + μ D²) p = -Jᵀ r, for f = ‖r(x)‖², if f falls there.

    D holds the greatest lengths of J's columns so far, so that the steps do not depend
    on the parameters' units. The gain ratio ρ is the fall of f over that of
    ‖r + J p‖² + μ ‖D p‖². A step with ρ > 1e-4 is taken, and μ is multiplied by
    max(1/3, 1 - (2 ρ - 1)³); otherwise x stays, and μ grows by a factor that doubles
    with each rejection. Then the next step needs no Jacobian.

    With geodesic acceleration the step is v + a/2 with v = p and
    (JᵀJ + μ D²) a = -Jᵀ r_vv, r_vv the second derivative of r along v. It is rejected
    where 2 ‖D a‖ > 0.75 ‖D v‖.

    Args:
        damping: μ of the first step, > 0.
        geodesic: Use the acceleration: two products with J for r_vv and one with Jᵀ.
        jacobian: "full": p by an orthogonal decomposition of J. "products": p by
            conjugate gradients, with a product by J and one by Jᵀ in each iteration;
            D² is then ‖J g‖² / ‖g‖², g = Jᵀ r, and a rejected step computes r and g
            again. "auto": the first up to 500 parameters.
        tolerance: Where conjugate gradients stop, as a share of ‖Jᵀ r‖, >= 0.
        max_products: Most iterations of conjugate gradients in a step; without it, the
            number of parameters.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`,
        which has `residuals`.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: The problem states no residuals, there are too many parameters
            for `jacobian = "full"`, or geodesic steps are to be found by products.

    References:
        Moré, "The Levenberg-Marquardt algorithm: implementation and theory", 1978;
        Nielsen, "Damping parameter in Marquardt's method", 1999;
        Transtrum and Sethna, "Improvements to the Levenberg-Marquardt algorithm for
        nonlinear least-squares minimization", 2012.
    """

    def init(params: optax.Params) -> LevenbergMarquardtState:
        dtype = model_dtype(params)
        start = Damping(jnp.asarray(damping, dtype), jnp.asarray(2, dtype))
        known = start, jnp.zeros([], dtype), jnp.asarray(True)
        if not by_products(jacobian, params):
            model = LinearModel.blank(params)
            return LevenbergMarquardtState(*known, model, jnp.zeros_like(model[1]))
        if geodesic:
            words = 'geodesic steps need jacobian = "full"'
            raise NotApplicable(f"{words}, and there are many parameters here")
        return LevenbergMarquardtState(*known, (), ())

    def update(
        updates: optax.Updates,
        state: LevenbergMarquardtState,
        params: optax.Params,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, LevenbergMarquardtState]:
        del updates, extra_args
        residuals = residuals_of(value_fn)
        if by_products(jacobian, params):
            most = max_products or optax.tree.size(params)
            found, state = _by_products(residuals, params, state, tolerance, most)
        else:
            state = _with_model(residuals, params, state)
            found = _by_triangle(residuals, params, state, geodesic)
        new = loss_at(residuals, along(params, 1, found.step))
        gain = (state.loss - new) / found.fall
        # not so where the loss at the new point, or the step, is NaN
        accepted = found.taken & (new < state.loss) & (gain > ACCEPTED)
        after = state._replace(
            damping=state.damping.after(gain, accepted), moved=accepted
        )
        nowhere = optax.tree.zeros_like(found.step)
        return optax.tree.where(accepted, found.step, nowhere), after

    return WithLoss(init, update, lambda state: state.loss, keeps_model=True)


def _with_model(
    residuals: Residuals, params: optax.Params, state: LevenbergMarquardtState
) -> LevenbergMarquardtState:
    """Compute the model if the params have moved; one Jacobian then."""
    model = jax.lax.cond(
        state.moved,
        lambda: LinearModel.at(residuals, params),
        lambda: state.model,
    )
    scales = jnp.maximum(state.scales, model.scales())
    return state._replace(model=model, scales=scales, loss=model.loss)


def _by_triangle(
    residuals: Residuals,
    params: optax.Params,
    state: LevenbergMarquardtState,
    geodesic: bool,
) -> _Step:
    model: LinearModel = state.model
    scales = jnp.where(state.scales > 0, state.scales, 1)
    amount = state.damping.amount
    step, triangle = model.damped(jnp.sqrt(amount) * scales)
    held = 2 * amount * jnp.sum((scales * step) ** 2)
    fall = jnp.sum(model.image(step) ** 2) + held
    if not geodesic:
        return _Step(as_tree(step, params), fall, jnp.asarray(True))
    bend = residuals.bend(params, as_tree(step, params))
    back, _ = ravel_pytree(residuals.vjp(params, bend)[1])
    turn = -solved_twice(triangle, back.astype(step.dtype))
    sizes = jnp.linalg.norm(scales * turn), jnp.linalg.norm(scales * step)
    taken = 2 * sizes[0] <= _BENT * sizes[1]
    return _Step(as_tree(step + turn / 2, params), fall, taken)


def _by_products(
    residuals: Residuals,
    params: optax.Params,
    state: LevenbergMarquardtState,
    tolerance: Any,
    most: int,
) -> tuple[_Step, LevenbergMarquardtState]:
    loss, downhill = loss_and_downhill(residuals, params)
    amount = state.damping.amount
    found = solve_by_products(residuals, params, downhill, tolerance, most, amount)
    return _Step(found.step, found.fall, jnp.asarray(True)), state._replace(loss=loss)
