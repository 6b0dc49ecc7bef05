"""Newton's method by the full Hessian."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax.flatten_util import ravel_pytree

from .asking import hessian
from .not_applicable import NotApplicable
from .rates import at
from .settings import NonNegative, Rate, checked
from .solve import solve_symmetric
from .transformation import transformation

MAX_PARAMETERS = 5_000


class NewtonState(NamedTuple):
    """Steps taken, and whether the last one could be."""

    count: jax.Array
    failed: jax.Array
    reason = (
        "The Hessian is singular to working precision, so the Newton step is not "
        "defined; damping > 0 would define it."
    )


@checked
def newton(
    learning_rate: Rate = 1.0, damping: NonNegative = 0.0
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k - ε (H_k + λ I)⁻¹ g_k.

    The direction is Newton's own, towards a saddle or a maximum too where H is
    indefinite. Where H + λ I is singular the step is zero and the state `failed`.

    Args:
        learning_rate: ε, the share of the step that is taken, > 0, or a schedule.
        damping: λ, in units of the Hessian, >= 0.

    Returns:
        A transformation whose `update` needs `params` and the keyword `value_fn`;
        it asks for one Hessian a step.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `init`: a Hessian of that size does not fit.
    """

    def init(params: optax.Params) -> NewtonState:
        refuse_large(params)
        return NewtonState(jnp.zeros([], jnp.int32), jnp.asarray(False))

    def update(
        updates: optax.Updates,
        state: NewtonState,
        params: optax.Params | None = None,
        *,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, NewtonState]:
        del extra_args
        gradient, unravel = ravel_pytree(updates)
        matrix = hessian(value_fn, params)
        matrix = matrix + jnp.asarray(damping, matrix.dtype) * jnp.eye(len(matrix))
        direction, failed = solve_symmetric(matrix, gradient)
        rate = jnp.asarray(at(learning_rate, state.count), gradient.dtype)
        return unravel(-rate * direction), NewtonState(state.count + 1, failed)

    return transformation(init, update)


def refuse_large(params: optax.Params) -> None:
    """Raise NotApplicable where the Hessian would have too many entries."""
    n = optax.tree.size(params)
    if n > MAX_PARAMETERS:
        raise NotApplicable(
            f"{n:,} parameters need a Hessian of {n * n:,} entries; "
            f"at most {MAX_PARAMETERS:,} parameters are taken."
        )
