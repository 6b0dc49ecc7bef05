"""Newton's method by Hessian-vector products."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .asking import hvp
from .conjugate import steihaug
from .line import along, scaled
from .rates import at
from .settings import Count, NonNegative, Positive, Rate, checked
from .transformation import transformation


class NewtonCGState(NamedTuple):
    """Steps taken, for a scheduled learning rate."""

    count: jax.Array


@checked
def newton_cg(
    learning_rate: Rate = 1.0,
    damping: NonNegative = 0.0,
    tolerance: NonNegative = 1e-2,
    max_hvps: Count | None = None,
    radius: Positive | None = None,
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k + ε p with (H_k + λ I) p ≈ -g_k by conjugate gradients.

    It ends where ‖(H + λ I) p + g‖ <= tolerance ‖g‖, at a direction of negative
    curvature, or at the radius. Negative curvature is followed to the radius; without
    one, the way so far is the step (-g where there is none yet), so that every step
    is a descent direction.

    Args:
        learning_rate: ε, the share of the step that is taken, > 0, or a schedule.
        damping: λ, in units of the Hessian, >= 0.
        tolerance: Residual at which to stop, as a share of ‖g‖, >= 0.
        max_hvps: Most Hessian-vector products a step; without it, the number of
            parameters.
        radius: Longest p, in units of the parameters, > 0; without it, any.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`; it
        asks for one Hessian-vector product an iteration.

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
        step = steihaug(product, updates, tolerance, most, radius)
        rate = at(learning_rate, state.count)
        return scaled(rate, step), NewtonCGState(state.count + 1)

    return transformation(init, update)
