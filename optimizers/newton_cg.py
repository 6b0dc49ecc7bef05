"""Newton's method by Hessian-vector products."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .conjugate_gradients import steihaug
from .contract import calls_value_fn, transformation
from .objective import hvp
from .schedules import at
from .settings import Count, LogUniform, NonNegative, Positive, Rate, checked
from .tree_math import along, scaled


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
        step, _ = steihaug(product, updates, tolerance, most, radius)
        rate = at(learning_rate, state.count)
        return scaled(rate, step), NewtonCGState(state.count + 1)

    return transformation(init, update)
