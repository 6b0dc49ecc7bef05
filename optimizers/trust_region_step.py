"""The best step of a given length on the quadratic model."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

from .asking import hessian
from .ball import least_on_ball
from .newton import refuse_large
from .rates import at
from .settings import Rate, checked
from .transformation import transformation


class TrustRegionState(NamedTuple):
    """Steps taken, and whether the last one could be."""

    count: jax.Array
    failed: jax.Array
    reason = "The Hessian or the gradient is not finite."


@checked
def trust_region_step(radius: Rate) -> optax.GradientTransformationExtraArgs:
    """argmin gᵀs + ½ sᵀHs over ‖s‖ <= η: (H + μI) s = -g, μ >= 0, H + μI ⪰ 0.

    Exact, by the eigenvalues of H, also where H is indefinite and where g has no
    part in the direction of H's least eigenvalue (the hard case). There is no test
    whether the loss followed the model.

    Args:
        radius: η, in units of the parameters, > 0, or a schedule.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`;
        it asks for one Hessian a step.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `init`: a Hessian of that size does not fit.

    References:
        Moré and Sorensen, "Computing a trust region step", 1983.
    """

    def init(params: optax.Params) -> TrustRegionState:
        refuse_large(params)
        return TrustRegionState(jnp.zeros([], jnp.int32), jnp.asarray(False))

    def update(
        updates: optax.Updates,
        state: TrustRegionState,
        params: optax.Params | None = None,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, TrustRegionState]:
        del extra_args
        gradient, unravel = ravel_pytree(updates)
        values, vectors = jnp.linalg.eigh(hessian(value_fn, params))
        size = jnp.asarray(at(radius, state.count), gradient.dtype)
        step = vectors @ least_on_ball(values, vectors.T @ gradient, size)
        failed = ~jnp.all(jnp.isfinite(step))
        step = jnp.where(failed, 0, step)
        return unravel(step), TrustRegionState(state.count + 1, failed)

    return transformation(init, update)
