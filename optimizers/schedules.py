"""Learning rates that are numbers or schedules."""

from typing import Annotated, Any

import jax
import jax.numpy as jnp
import optax
from pydantic import Field

from factories import FactoryError

from .settings import Count, NonNegative, Positive, Rate, Schedule, checked


def at(rate: Any, count: Any) -> Any:
    """Return the rate at step `count`, whether it is a number or a schedule."""
    return rate(count) if callable(rate) else rate


def descend(rate: Rate) -> optax.GradientTransformation:
    """u = -rate_k d, in the dtype of d.

    `optax.scale` would widen float32 updates if the rate is a traced float64;
    `optax.scale_by_schedule` casts the rate instead.
    """
    return optax.scale_by_schedule(lambda count: -at(rate, count))


@checked
def one_over_k(init_value: Positive, tau: Positive) -> Schedule:
    """ε_k = init_value τ / (τ + k).

    Args:
        init_value: Rate of step 0, > 0.
        tau: Steps until the rate has halved, > 0.

    Returns:
        A schedule: step count to rate.

    References:
        Robbins and Monro, "A Stochastic Approximation Method", 1951.
    """
    return lambda count: init_value * tau / (tau + count)


@checked
def warmup_cosine_decay_schedule(
    *,
    peak_value: Positive,
    warmup_steps: Annotated[int, Field(ge=0)],
    decay_steps: Count,
    init_value: NonNegative = 0.0,
    end_value: NonNegative = 0.0,
    exponent: Positive = 1.0,
) -> Schedule:
    """ε_k = i + (p - i) k / w for k < w, then e + (p - e) (½ (1 + cos π t))^a.

    t = min(1, (k - w) / (d - w)). It is optax's, with values that may be traced, and
    which are 0 at both ends by default.

    Args:
        peak_value: p, at step w, > 0.
        warmup_steps: w, >= 0.
        decay_steps: d, the steps of both parts, > w.
        init_value: i, at step 0, >= 0.
        end_value: e, from step d on, >= 0.
        exponent: a, > 0.

    Returns:
        A schedule: step count to rate.

    Raises:
        ValueError: A number is out of its range.

    References:
        Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
        2017.
    """
    decays = decay_steps - warmup_steps
    if decays <= 0:
        words = f"should be less than decay_steps = {decay_steps}"
        raise FactoryError(words, "warmup_steps", value=str(warmup_steps))

    def at_step(count: Any) -> jax.Array:
        count = jnp.asarray(count, jnp.result_type(float))
        rise = init_value + (peak_value - init_value) * count / max(1, warmup_steps)
        share = jnp.clip((count - warmup_steps) / decays, 0, 1)
        cosine = (0.5 * (1 + jnp.cos(jnp.pi * share))) ** exponent
        fall = end_value + (peak_value - end_value) * cosine
        return jnp.where(count < warmup_steps, rise, fall)

    return at_step
