"""Jump along one gradient to where the slope should vanish."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .asking import jvp, ray
from .line import along, dot, scaled
from .rates import at
from .secant import Secant, arrived, begin, look
from .settings import Count, Decay, Rate, checked
from .transformation import transformation


class KeepVaultingState(NamedTuple):
    """Gradients followed so far, for a scheduled learning rate."""

    count: jax.Array


@checked
def keep_vaulting(
    learning_rate: Rate,
    max_steps: Count = 20,
    tolerance: Decay = 0.1,
    line_form: bool = True,
) -> optax.GradientTransformationExtraArgs:
    """s₊ = s_k - φ'_k (s_k - s_{k-1}) / (φ'_k - φ'_{k-1}), φ(s) = f(x - s g).

    The secant method on the slope along one gradient, from s_0 = 0, whose slope
    -‖g‖² is known, and s_1 = ε; on a quadratic s_2 is the line's minimum. A jump
    that leaves the bracket of the minimum, or has no curvature to go by, is
    replaced by bisection or by a longer jump. It ends when the slope has shrunk
    enough, and goes to the lowest point it saw; the loss never rises.

    Args:
        learning_rate: ε, the first jump's length in units of the gradient, > 0, or
            a schedule over gradients.
        max_steps: Most jumps along one gradient, >= 1.
        tolerance: Slope at which to stop, as a share of the slope at the start, in
            [0, 1).
        line_form: Whether to look along an objective's `ray` where it has one: after
            two products with the data, a look is one loss an example.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value` and
        `value_fn`; each jump asks for one Jacobian-vector product, or for one point
        of the ray.

    Raises:
        ValueError: A number is out of its range.

    References:
        Warmerdam, "More Descent, Less Gradient", 2020 (the idea; its formula is
        `keep_vaulting_published`).
    """

    def init(params: optax.Params) -> KeepVaultingState:
        del params
        return KeepVaultingState(jnp.zeros([], jnp.int32))

    def update(
        updates: optax.Updates,
        state: KeepVaultingState,
        params: optax.Params | None = None,
        *,
        value: Any,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, KeepVaultingState]:
        del extra_args
        loss = jnp.asarray(value)
        slope = -dot(updates, updates).astype(loss.dtype)
        rate = jnp.asarray(at(learning_rate, state.count), loss.dtype)
        downhill = scaled(-1, updates)

        found = ray(value_fn, params, downhill) if line_form else None

        def slope_at(length: jax.Array) -> tuple[jax.Array, jax.Array]:
            if found is not None:
                return found.slope(length)
            return jvp(value_fn, along(params, length, downhill), downhill)

        def jump(search: Secant) -> Secant:
            return look(search, *slope_at(search.trial))

        goal = jnp.asarray(tolerance, loss.dtype) * -slope
        end = jax.lax.while_loop(
            lambda now: ~arrived(now, goal) & (now.jumps < max_steps),
            jump,
            begin(loss, slope, rate),
        )
        return scaled(end.best, downhill), KeepVaultingState(state.count + 1)

    return transformation(init, update)
