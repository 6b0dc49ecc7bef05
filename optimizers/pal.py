"""A parabola along the direction, from one more look at the loss."""

from typing import Annotated, Any, NamedTuple

import jax.numpy as jnp
import optax

from .contract import calls_value_fn, transformation
from .settings import Decay, LogUniform, Positive, checked
from .tree_math import along, dot, scaled, zero_unless


class PALState(NamedTuple):
    """The last direction, a tree like the parameters."""

    direction: Any


@checked
@calls_value_fn
def pal(
    measuring_step: Annotated[Positive, LogUniform(1e-3, 1e2)] = 1.0,
    max_step: Annotated[Positive, LogUniform(1e-2, 1e3)] = 3.16,
    direction_adaptation: Decay = 0.4,
    step_adaptation: Positive = 1 / 0.6,
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k + s d/‖d‖, s = -α b/(2 a), φ(t) = f(x + t d/‖d‖) ≈ f + b t + a t².

    d_k = -g_k + β d_{k-1}, b = gᵀd/‖d‖ and a = (φ(μ) - φ(0) - b μ)/μ². If a <= 0 the
    step is μ; if b >= 0, or φ(μ) is not finite, it is zero. No step is longer than
    `max_step`.

    The look is at a fixed distance from the point; `calculated_step` looks where the
    last step would lead.

    Args:
        measuring_step: μ, in units of the parameters, > 0.
        max_step: Longest step, in units of the parameters, > 0.
        direction_adaptation: β, in [0, 1); 0 goes along the negative gradient.
        step_adaptation: α, > 0; 1 goes to the minimum of the parabola.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value`, `grad`
        and `value_fn`; each step needs one value.

    Raises:
        ValueError: A number is out of its range.

    References:
        Mutschler and Zell, "Parabolic approximation line search for DNNs", 2020.
    """

    def init(params: optax.Params) -> PALState:
        return PALState(optax.tree.zeros_like(params))

    def update(
        updates: optax.Updates,
        state: PALState,
        params: optax.Params | None = None,
        *,
        value: Any,
        grad: Any,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, PALState]:
        del extra_args
        pull = scaled(direction_adaptation, state.direction)
        direction = along(pull, -1, updates)
        start = jnp.asarray(value)
        norm = jnp.sqrt(dot(direction, direction)).astype(start.dtype)
        norm = jnp.where(norm > 0, norm, 1)
        mu, longest, loose = (
            jnp.asarray(x, start.dtype)
            for x in (measuring_step, max_step, step_adaptation)
        )
        ahead = value_fn(along(params, mu / norm, direction))
        slope = dot(grad, direction).astype(start.dtype) / norm
        bend = (ahead.astype(start.dtype) - start - slope * mu) / mu**2
        least = -loose * slope / (2 * jnp.where(bend > 0, bend, 1))
        step = jnp.minimum(jnp.where(bend > 0, least, mu), longest)
        falls = (slope < 0) & jnp.isfinite(bend)
        move = zero_unless(falls, scaled(step / norm, direction))
        return move, PALState(direction)

    return transformation(init, update)
