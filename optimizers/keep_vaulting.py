"""Keep-vaulting: the secant method on the slope along one gradient."""

from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import optax

from .contract import calls_value_fn, transformation
from .objective import ray
from .schedules import at
from .settings import Count, Decay, LogUniform, Rate, checked
from .tree_math import dot, scaled

_LONGER = 10.0  # factor of the next length if the slope does not determine it
_LONGEST = 1000.0  # a secant step longer than this times the last is rounding noise


class KeepVaultingState(NamedTuple):
    """Gradients followed so far, for a scheduled learning rate."""

    count: jax.Array


@checked
@calls_value_fn
def keep_vaulting(
    learning_rate: Annotated[Rate, LogUniform(1e-3, 1e3)],
    max_steps: Count = 20,
    tolerance: Decay = 0.1,
    line_form: bool = True,
) -> optax.GradientTransformationExtraArgs:
    """s₊ = s_k - φ'_k (s_k - s_{k-1}) / (φ'_k - φ'_{k-1}), φ(s) = f(x - s g).

    The secant method on the slope along one gradient, from s_0 = 0, whose slope
    -‖g‖² is known, and s_1 = ε; on a quadratic s_2 is the line's minimum. A jump
    that leaves the bracket of the minimum, or meets no positive curvature, is
    replaced by bisection or by a longer jump. The search ends when the slope is small
    enough, and the step goes to the lowest point evaluated: the loss never rises.

    Args:
        learning_rate: ε, the first jump's length in units of the gradient, > 0, or
            a schedule over gradients.
        max_steps: Most jumps along one gradient, >= 1.
        tolerance: Slope at which to stop, as a share of the slope at the start, in
            [0, 1).
        line_form: Whether to use the objective's `ray` if it has one: after two
            products with the data, a value and its slope cost one loss per example.

    Returns:
        A transformation whose `update` needs `params` and the keywords `value` and
        `value_fn`; each jump needs one Jacobian-vector product, or one slope along
        the ray.

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

        along = ray(value_fn, params, downhill, line_form)

        def jump(search: _Secant) -> _Secant:
            return _updated(search, *along.slope(search.trial))

        goal = jnp.asarray(tolerance, loss.dtype) * -slope
        end = jax.lax.while_loop(
            lambda now: ~_arrived(now, goal) & (now.jumps < max_steps),
            jump,
            _begin(loss, slope, rate),
        )
        return scaled(end.best, downhill), KeepVaultingState(state.count + 1)

    return transformation(init, update)


class _Secant(NamedTuple):
    """State of the search for the minimum of φ(s), float[] each (`jumps`: int[]).

    Attributes:
        jumps: Points evaluated.
        at, slope: The last point that had a finite slope, and its slope φ'.
        low, high: Bracket of the minimum: downhill at `low`, uphill at `high`.
        best, loss: The lowest point so far.
        trial: The next point to evaluate.
    """

    jumps: jax.Array
    at: jax.Array
    slope: jax.Array
    low: jax.Array
    high: jax.Array
    best: jax.Array
    loss: jax.Array
    trial: jax.Array


def _begin(loss: jax.Array, slope: jax.Array, trial: jax.Array) -> _Secant:
    """Return the state at s = 0, where loss and slope are known; `trial` is next."""
    zero = jnp.zeros_like(loss)
    far = jnp.full_like(loss, jnp.inf)
    return _Secant(jnp.asarray(0), zero, slope, zero, far, zero, loss, trial)


def _arrived(search: _Secant, goal: jax.Array) -> jax.Array:
    """Return whether the last point is the lowest, and its slope at most `goal`.

    The slope alone is not enough: it may vanish where the loss is flat and high.
    """
    return (search.at == search.best) & (jnp.abs(search.slope) <= goal)


def _updated(search: _Secant, loss: jax.Array, slope: jax.Array) -> _Secant:
    """Update the bracket by loss and slope at `search.trial`; choose the next trial."""
    here = search.trial
    loss, slope = loss.astype(here.dtype), slope.astype(here.dtype)
    finite = jnp.isfinite(loss) & jnp.isfinite(slope)
    falls = finite & (loss < search.loss)
    # Uphill, not finite, or higher than the best despite a downward slope (past a
    # local maximum): the minimum of this descent is before this point.
    passed = ~finite | (slope > 0) | ((loss > search.loss) & (here > search.best))
    low = jnp.where(passed, search.low, jnp.maximum(search.low, here))
    high = jnp.where(passed, jnp.minimum(search.high, here), search.high)
    # A bracket that shrinks by less than half is bisected next: secant steps alone may
    # converge slowly from one end.
    creeps = high - low > 0.5 * (search.high - search.low)
    step = jnp.where(creeps, jnp.nan, _secant(here, slope, search))
    return _Secant(
        search.jumps + 1,
        jnp.where(finite, here, search.at),
        jnp.where(finite, slope, search.slope),
        low,
        high,
        jnp.where(falls, here, search.best),
        jnp.where(falls, loss, search.loss),
        _inside(step, low, high),
    )


def _secant(here: jax.Array, slope: jax.Array, search: _Secant) -> jax.Array:
    """Return s - φ' Δs/Δφ', or NaN if the slope does not rise with s."""
    curvature = (slope - search.slope) / (here - search.at)
    return jnp.where(curvature > 0, here - slope / curvature, jnp.nan)


def _inside(step: jax.Array, low: jax.Array, high: jax.Array) -> jax.Array:
    """Return the step if it is in the bracket; else bisect, or extend an open one."""
    wide = high > _LONGER * low
    middle = jnp.where(wide, jnp.sqrt(low) * jnp.sqrt(high), (low + high) / 2)
    middle = jnp.where(low > 0, middle, high / _LONGER)
    fallback = jnp.where(jnp.isfinite(high), middle, _LONGER * low)
    most = jnp.where(jnp.isfinite(high), high, _LONGEST * low)
    return jnp.where((step > low) & (step < most), step, fallback)
