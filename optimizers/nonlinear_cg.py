"""Nonlinear conjugate gradients with a line search."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from annotated_types import Gt, Lt

from . import wolfe
from .contract import calls_value_fn, transformation
from .settings import Count, checked
from .tree_math import along, dot, scaled

DESCENT = 1e-2
"""The least -gᵀd/‖g‖² of a direction; -g is taken instead of a flatter one."""


class NonlinearCGState(NamedTuple):
    """What the next step needs of the last one.

    Attributes:
        pull: β d, a tree like the params.
        change: The change t φ'(0) to begin a search with; 0 if nothing is known.
    """

    pull: Any
    change: jax.Array


@checked
@calls_value_fn
def nonlinear_cg(
    beta: Literal[
        "polak_ribiere_plus", "hager_zhang", "fletcher_reeves"
    ] = "polak_ribiere_plus",
    curvature: Annotated[float, Gt(0), Lt(1)] = 0.4,
    max_linesearch_steps: Count = 20,
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k + t d_k, d_k = -g_k + β d_{k-1}.

    With g⁺ the gradient after the step and y = g⁺ - g, β is

    - polak_ribiere_plus: max(0, yᵀg⁺ / ‖g‖²);
    - hager_zhang: max(η, (y - 2 d ‖y‖²/dᵀy)ᵀg⁺ / dᵀy), η = -1/(‖d‖ min(0.01, ‖g‖));
    - fletcher_reeves: ‖g⁺‖² / ‖g‖², and 0 where |gᵀg⁺| >= ‖g⁺‖²/5: otherwise one short
      step makes the next ones short.

    g⁺ is the line search's last gradient, so that y is on the same examples also with
    batches. A direction with gᵀd > -‖g‖²/100 is replaced by -g. The first t is the
    minimum of a parabola that falls as far as the last step did, and in the first step
    a move of length 1. Where no lower point is found the step is zero and the next d
    is -g.

    Args:
        beta: Which formula.
        curvature: c₂ of the line search: a step ends where the slope is at most c₂
            times that at its start, in (0, 1); below 1/2 for fletcher_reeves.
        max_linesearch_steps: Most values and gradients of one line search, >= 1.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value`, `grad`
        and `value_fn`; each trial of a line search needs one gradient.

    Raises:
        ValueError: A number is out of its range.

    References:
        Nocedal and Wright, "Numerical Optimization", 2006, section 5.2. Hager and
        Zhang, "A new conjugate gradient method with guaranteed descent and an
        efficient line search", 2005. Powell, "Restart procedures for the conjugate
        gradient method", 1977.
    """

    def init(params: optax.Params) -> NonlinearCGState:
        dtype = jnp.result_type(*jax.tree.leaves(params))
        return NonlinearCGState(optax.tree.zeros_like(params), jnp.zeros([], dtype))

    def update(
        updates: optax.Updates,
        state: NonlinearCGState,
        params: optax.Params | None = None,
        *,
        value: Any,
        grad: Any,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, NonlinearCGState]:
        del extra_args
        direction, slope = _downhill(along(state.pull, -1, updates), updates, grad)
        again = (state.change < 0) & (slope < 0)
        same = state.change / jnp.where(again, slope, 1)
        first = jnp.where(again, same, wolfe.of_unit_length(direction))
        found = wolfe.search(
            direction,
            wolfe.Start(params, value, grad, value_fn),
            first=first,
            curvature=curvature,
            most=max_linesearch_steps,
        )
        share = jnp.where(found.lower, BETAS[beta](found.gradient, grad, direction), 0)
        # A decrease that rounding hides says nothing about the next one.
        change = jnp.minimum(2.02 * found.rise, 0.1 * found.length * slope)
        change = change.astype(state.change.dtype)
        return found.step, NonlinearCGState(scaled(share, direction), change)

    return transformation(init, update)


def _downhill(direction: Any, updates: Any, grad: Any) -> tuple[Any, jax.Array]:
    """Return the direction, or minus the updates if it is too flat, and its slope."""
    slope, steepest = dot(grad, direction), -dot(grad, updates)
    good = slope <= DESCENT * steepest
    minus = scaled(-1, updates)
    return optax.tree.where(good, direction, minus), jnp.where(good, slope, steepest)


def _ratio(a: jax.Array, b: jax.Array) -> jax.Array:
    """Return a / b, or 0 if b is not positive."""
    return jnp.where(b > 0, a / jnp.where(b > 0, b, 1), 0)


def _polak_ribiere_plus(after: Any, before: Any, d: Any) -> jax.Array:
    del d
    rise = dot(along(after, -1, before), after)
    return jnp.maximum(0, _ratio(rise, dot(before, before)))


def _fletcher_reeves(after: Any, before: Any, d: Any) -> jax.Array:
    del d
    square = dot(after, after)
    jams = jnp.abs(dot(before, after)) >= square / 5
    return jnp.where(jams, 0, _ratio(square, dot(before, before)))


def _hager_zhang(after: Any, before: Any, d: Any) -> jax.Array:
    y = along(after, -1, before)
    bend = dot(d, y)
    share = 2 * _ratio(dot(y, y), bend)
    own = _ratio(dot(along(y, -share, d), after), bend)
    size, slope = jnp.sqrt(dot(d, d)), jnp.sqrt(dot(before, before))
    return jnp.maximum(
        own, -_ratio(jnp.ones_like(size), size * jnp.minimum(0.01, slope))
    )


BETAS: Mapping[str, Callable[[Any, Any, Any], jax.Array]] = {
    "polak_ribiere_plus": _polak_ribiere_plus,
    "hager_zhang": _hager_zhang,
    "fletcher_reeves": _fletcher_reeves,
}
