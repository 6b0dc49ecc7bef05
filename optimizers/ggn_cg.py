"""The generalised Gauss-Newton method by conjugate gradients."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .conjugate_gradients import steihaug
from .contract import calls_value_fn, needs, transformation
from .objective import ggn_of
from .settings import Count, LogUniform, NonNegative, Positive, checked
from .tree_math import along, dot, zero_unless

FACTOR = 1.5
"""By which the damping changes."""
GOOD, BAD = 0.75, 0.25
"""Ratios of the loss's change to the model's where the damping changes."""


class GGNState(NamedTuple):
    """The damping of the next step, in units of the Hessian."""

    damping: jax.Array


@checked
@calls_value_fn
@needs(ggn_of)
def ggn_cg(
    damping: Annotated[Positive, LogUniform(1e-6, 1e2)] = 1.0,
    tolerance: NonNegative = 1e-2,
    max_products: Count | None = None,
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k + p with (G_k + λ I) p ≈ -g_k, G = (1/m) Σ_i J_iᵀ H_i J_i.

    J is the Jacobian of the model's outputs and H the Hessian of the loss in them, so
    that G leaves out the curvature of the model and is positive semidefinite where the
    loss is convex in the outputs. λ becomes 2/3 of itself where the loss falls by more
    than 3/4 of what the model says, and 3/2 where it falls by less than 1/4. A step
    that does not lower the loss is zero, and λ becomes 9/4 of itself.

    K-FAC approximates G by Kronecker products of the layers; here its products are
    exact, and the system is solved by iteration.

    Args:
        damping: λ of the first step, in units of the Hessian, > 0.
        tolerance: Residual at which the iteration stops, as a share of ‖g‖, >= 0.
        max_products: Most products per step; without it, the number of parameters.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value` and
        `value_fn`; a step needs a product for each iteration, and one value.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `update`: the objective has no such products.

    References:
        Schraudolph, "Fast curvature matrix-vector products for second-order gradient
        descent", 2002. Martens, "Deep learning via Hessian-free optimization", 2010.
    """

    def init(params: optax.Params) -> GGNState:
        dtype = jnp.result_type(*jax.tree.leaves(params))
        return GGNState(jnp.asarray(damping, dtype))

    def update(
        updates: optax.Updates,
        state: GGNState,
        params: optax.Params | None = None,
        *,
        value: Any,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, GGNState]:
        del extra_args
        ggn = ggn_of(value_fn)

        def product(v: Any) -> Any:
            return along(ggn(params, v), state.damping, v)

        most = max_products or optax.tree.size(updates)
        step, residual = steihaug(product, updates, tolerance, most, None)
        # gᵀp + ½ pᵀAp with A p = -g - r
        model = 0.5 * (dot(updates, step) - dot(residual, step))
        start = jnp.asarray(value)
        change = value_fn(along(params, 1, step)) - start
        falls = jnp.isfinite(change) & (change <= 0)
        ratio = change / jnp.where(model < 0, model, -jnp.inf)
        factor = jnp.where(ratio > GOOD, 1 / FACTOR, jnp.where(ratio < BAD, FACTOR, 1))
        factor = jnp.where(falls, factor, FACTOR**2).astype(state.damping.dtype)
        return zero_unless(falls, step), GGNState(state.damping * factor)

    return transformation(init, update)
