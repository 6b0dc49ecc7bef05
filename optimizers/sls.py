"""Stochastic gradient descent with Armijo's line search on a batch."""

from typing import Annotated, Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import optax
from annotated_types import Ge, Gt, Lt

from .contract import NotApplicable, calls_value_fn, transformation
from .settings import Count, LogUniform, Positive, checked
from .tree_math import along, dot, scaled, zero_unless

Share = Annotated[float, Gt(0), Lt(1)]


class SLSState(NamedTuple):
    """The last step's length, in units of the gradient."""

    length: jax.Array


@checked
@calls_value_fn
def sls(
    max_length: Annotated[Positive, LogUniform(1e-3, 1e3)] = 10.0,
    decrease: Share = 0.1,
    shrink: Share = 0.9,
    reset: Literal["keep", "grow", "max"] = "grow",
    growth: Annotated[float, Ge(1)] = 2.0,
    steps_per_epoch: Count = 1,
    max_looks: Count = 100,
    second_batch: bool = False,
) -> optax.GradientTransformationExtraArgs:
    """x_{k+1} = x_k - t g_k with f(x - t g) <= f(x) - c t ‖g‖², f on the step's batch.

    t begins at t_{k-1} (keep), t_{k-1} γ^(1/e) (grow) or the greatest t (max), and is
    multiplied by `shrink` until the condition holds. If it holds nowhere the step is
    zero, and the next one goes on from the t that was reached.

    A batch knows its own gradient: along it, its loss falls further than that of other
    examples. With `second_batch` both losses are those of another batch of the same
    size, and g stays that of the first one.

    Args:
        max_length: Greatest t, and that of the first step, in units of the gradient,
            > 0.
        decrease: c, in (0, 1).
        shrink: In (0, 1).
        reset: Where t begins.
        growth: γ, the most that t grows in an epoch, >= 1.
        steps_per_epoch: e, >= 1; 1 where a step sees all examples.
        max_looks: Most values of one search, >= 1.
        second_batch: Whether to look at another batch.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value` and
        `value_fn`; a step needs a value for each t, and one more with `second_batch`.

    Raises:
        ValueError: A number is out of its range.
        NotApplicable: From `update`: the objective has no second batch.

    References:
        Vaswani et al., "Painless Stochastic Gradient: Interpolation, Line-Search, and
        Convergence Rates", 2019.
    """

    def init(params: optax.Params) -> SLSState:
        dtype = jnp.result_type(*jax.tree.leaves(params))
        return SLSState(jnp.asarray(max_length, dtype))

    def update(
        updates: optax.Updates,
        state: SLSState,
        params: optax.Params | None = None,
        *,
        value: Any,
        value_fn: Any,
        **extra_args: Any,
    ) -> tuple[optax.Updates, SLSState]:
        del extra_args
        looked_at, start = value_fn, jnp.asarray(value)
        if second_batch:
            looked_at = _second(value_fn)
            start = looked_at(params)
        dtype = state.length.dtype
        square = dot(updates, updates).astype(start.dtype)
        c = jnp.asarray(decrease, start.dtype)
        factor = jnp.asarray(shrink, dtype)

        def look(now: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
            t, looks, _ = now
            t = jnp.where(looks > 0, factor * t, t)
            after = looked_at(along(params, -t, updates))
            return t, looks + 1, after <= start - c * t * square

        begin = (_first(state.length), jnp.asarray(0), ~(square > 0))
        t, looks, holds = jax.lax.while_loop(
            lambda now: ~now[2] & (now[1] < max_looks), look, begin
        )
        # A gradient of zero says nothing about the length.
        kept = jnp.where(looks > 0, t, state.length)
        return zero_unless(holds, scaled(-t, updates)), SLSState(kept)

    def _first(last: jax.Array) -> jax.Array:
        """Return the first t of a step."""
        greatest = jnp.asarray(max_length, last.dtype)
        if reset == "max":
            return greatest
        if reset == "keep":
            return last
        factor = jnp.asarray(growth, last.dtype) ** (1 / steps_per_epoch)
        return jnp.minimum(last * factor, greatest)

    return transformation(init, update)


def _second(value_fn: Any) -> Any:
    """Return the objective on another batch.

    Raises:
        NotApplicable: It has none.
    """
    try:
        return value_fn.second()
    except AttributeError as error:
        words = "a second batch needs an objective that has one, as that of a trial"
        raise NotApplicable(words) from error
