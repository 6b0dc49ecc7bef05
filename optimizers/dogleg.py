"""Powell's dogleg method for sums of squares."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

from .contract import WithLoss, calls_value_fn, needs
from .levenberg_marquardt import ACCEPTED
from .linear_model import LinearModel, as_tree, loss_at, model_dtype, refuse_large
from .objective import residuals_of
from .settings import LogUniform, Positive, checked
from .tree_math import along


class DoglegState(NamedTuple):
    """What the next step needs of the last ones.

    Attributes:
        radius: Of the trust region, in units of ‖D x‖.
        loss: Before the last step.
        moved: Whether that was taken, so that the model has to be computed anew.
        model: R and q of the params.
        scales: D, the greatest lengths of the Jacobian's columns so far.
    """

    radius: jax.Array
    loss: jax.Array
    moved: jax.Array
    model: LinearModel
    scales: jax.Array


@checked
@calls_value_fn
@needs(residuals_of)
def dogleg(
    radius: Annotated[Positive, LogUniform(1e-2, 1e2)] = 1.0,
) -> WithLoss:
    """x + p, p on the way to the Cauchy point and on to the Gauss-Newton step.

    The way ends where ‖D p‖ is the radius, D the greatest lengths of J's columns so
    far. The gain ratio ρ is the fall of f = ‖r(x)‖² over that of ‖r + J p‖². A step
    with ρ > 1e-4 is taken. The radius becomes ‖D p‖ / 4 where ρ < 1/4, and is doubled
    where ρ > 3/4 and the step ends at it. A step after a rejected one needs no
    Jacobian.

    Args:
        radius: The first, as a share of ‖D x‖, or of 1 where that is 0, > 0.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`,
        which has `residuals`.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: The problem states no residuals, or there are too many
            parameters.

    References:
        Powell, "A hybrid method for nonlinear equations", 1970; Nocedal and Wright,
        "Numerical Optimization", 2006, algorithm 4.1.
    """

    def init(params: optax.Params) -> DoglegState:
        refuse_large(params)
        model, dtype = LinearModel.blank(params), model_dtype(params)
        unknown = jnp.asarray(-1, dtype)
        zeros = jnp.zeros_like(model.projected)
        return DoglegState(unknown, model.loss, jnp.asarray(True), model, zeros)

    def update(
        updates: optax.Updates,
        state: DoglegState,
        params: optax.Params,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, DoglegState]:
        del updates, extra_args
        residuals = residuals_of(value_fn)
        model: LinearModel = jax.lax.cond(
            state.moved,
            lambda: LinearModel.at(residuals, params),
            lambda: state.model,
        )
        scales = jnp.maximum(state.scales, model.scales())
        units = jnp.where(scales > 0, scales, 1)
        bound = _first(state.radius, radius, units, params)
        step = _on_the_way(model, units, bound)
        tree = as_tree(step, params)
        new = loss_at(residuals, along(params, 1, tree))
        image = model.image(step)
        gain = (model.loss - new) / -(image @ (image + 2 * model.projected))
        accepted = (new < model.loss) & (gain > ACCEPTED)
        size = jnp.linalg.norm(units * step)
        bound = _next(bound, size, gain)
        after = DoglegState(bound, model.loss, accepted, model, scales)
        return optax.tree.where(accepted, tree, optax.tree.zeros_like(tree)), after

    return WithLoss(init, update, lambda state: state.loss, keeps_model=True)


def _first(known: jax.Array, share: Any, units: jax.Array, params: Any) -> jax.Array:
    """Return the known radius, or the first one: a share of ‖D x‖, or of 1."""
    flat, _ = ravel_pytree(params)
    size = jnp.linalg.norm(units * flat.astype(units.dtype))
    first = jnp.asarray(share, known.dtype) * jnp.where(size > 0, size, 1)
    return jnp.where(known < 0, first, known)


def _next(bound: jax.Array, size: jax.Array, gain: jax.Array) -> jax.Array:
    """Return the radius of the next step; a gain of NaN makes it shorter."""
    short = jnp.where(jnp.isfinite(size), size, bound) / 4
    longer = (gain > 0.75) & (size >= 0.99 * bound)
    return jnp.where(gain >= 0.25, jnp.where(longer, 2 * bound, bound), short)


def _on_the_way(model: LinearModel, units: jax.Array, bound: jax.Array) -> jax.Array:
    """Return p, float[n], from steps in units z = D p."""
    gradient = model.half_gradient() / units
    bent = jnp.sum(model.image(gradient / units) ** 2)
    square = gradient @ gradient
    cauchy = -gradient * jnp.where(bent > 0, square / bent, 0)
    newton = model.least(units) * units
    size = jnp.linalg.norm(cauchy)
    inner = cauchy * jnp.minimum(1, bound / jnp.where(size > 0, size, 1))
    rest = newton - cauchy
    # the t in [0, 1] with ‖cauchy + t rest‖ = bound
    a, b = rest @ rest, cauchy @ rest
    c = jnp.minimum(size**2 - bound**2, 0)
    root = jnp.sqrt(b**2 - a * c)
    t = jnp.where(b > 0, -c / (b + root), (root - b) / jnp.where(a > 0, a, 1))
    outer = cauchy + jnp.clip(t, 0, 1) * rest
    inside = jnp.linalg.norm(newton) <= bound
    z = jnp.where(inside, newton, jnp.where(size < bound, outer, inner))
    return z / units
