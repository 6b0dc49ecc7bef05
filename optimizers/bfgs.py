"""BFGS with the whole inverse Hessian."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from annotated_types import Gt, Lt
from jax.flatten_util import ravel_pytree

from . import wolfe
from .contract import calls_value_fn, transformation
from .newton import refuse_large
from .settings import Count, checked


class BFGSState(NamedTuple):
    """The inverse Hessian so far, float[n, n], and whether it has learnt anything."""

    inverse: jax.Array
    learnt: jax.Array


@checked
@calls_value_fn
def bfgs(
    curvature: Annotated[float, Gt(0), Lt(1)] = 0.9, max_linesearch_steps: Count = 20
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k - t P g_k, P ← V P Vᵀ + s sᵀ/sᵀy, V = I - s yᵀ/sᵀy.

    s is the step and y the change of the gradient along it, on the same examples: the
    gradient at the new point is the line search's last one. The first step goes along
    -g, its first length is 1 at most, and P begins as sᵀy/yᵀy I. Where sᵀy is not
    safely positive P is kept; where no lower point is found the step is zero and P is
    forgotten.

    Args:
        curvature: c₂ of the line search: a step ends where the slope is at most c₂
            times that at its start, in (0, 1).
        max_linesearch_steps: Most values and gradients of one line search, >= 1.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value`, `grad`
        and `value_fn`; each trial of a line search needs one gradient.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `init`: an inverse Hessian of that size is too large.

    References:
        Nocedal and Wright, "Numerical Optimization", 2006, section 6.1.
    """

    def init(params: optax.Params) -> BFGSState:
        refuse_large(params)
        flat, _ = ravel_pytree(params)
        return BFGSState(jnp.eye(flat.size, dtype=flat.dtype), jnp.asarray(False))

    def update(
        updates: optax.Updates,
        state: BFGSState,
        params: optax.Params | None = None,
        *,
        value: Any,
        grad: Any,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, BFGSState]:
        del extra_args
        asked, unravel = ravel_pytree(updates)
        gradient, _ = ravel_pytree(grad)
        direction = -(state.inverse @ asked)
        trusted = state.learnt & (gradient @ direction < 0)
        shortest = jnp.minimum(1, wolfe.of_unit_length(updates))
        direction = jnp.where(trusted, direction, -shortest * asked)

        found = wolfe.search(
            unravel(direction),
            wolfe.Start(params, value, grad, value_fn),
            first=1.0,
            curvature=curvature,
            most=max_linesearch_steps,
        )
        step, after = ravel_pytree(found.step)[0], ravel_pytree(found.gradient)[0]
        inverse, learnt = _learn(state.inverse, trusted, step, after - gradient)
        return found.step, BFGSState(inverse, learnt & found.lower)

    return transformation(init, update)


def _learn(
    inverse: jax.Array, trusted: jax.Array, s: jax.Array, y: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return P with the curvature along a step, and whether it holds any.

    V P Vᵀ + s sᵀ/sᵀy = P - (s qᵀ + q sᵀ)/sᵀy + (1 + yᵀq/sᵀy) s sᵀ/sᵀy, q = P y.

    Args:
        inverse: P, float[n, n], symmetric.
        trusted: Whether P has learnt anything; otherwise it is sᵀy/yᵀy I here.
        s: The step, float[n].
        y: The change of the gradient, float[n].
    """
    bend, square = s @ y, y @ y
    floor = jnp.finfo(s.dtype).eps * jnp.sqrt((s @ s) * square)
    known = jnp.isfinite(square) & (bend > floor)
    bend, square = jnp.where(known, bend, 1), jnp.where(known, square, 1)
    start = bend / square * jnp.eye(s.size, dtype=s.dtype)
    inverse = jnp.where(trusted, inverse, start)
    q = inverse @ y
    cross = jnp.outer(s, q) / bend
    own = (1 + (y @ q) / bend) / bend * jnp.outer(s, s)
    return jnp.where(known, inverse - cross - cross.T + own, inverse), known | trusted
