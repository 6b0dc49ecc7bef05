"""Learning rates that are numbers or schedules."""

from typing import Any

import optax

from .settings import Positive, Rate, Schedule, checked


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
