"""The secant method on a slope, kept inside a bracket of the minimum."""

from typing import NamedTuple

import jax
import jax.numpy as jnp

_LONGER = 10.0  # how much further to try where the slope says nothing
_LONGEST = 1000.0  # a secant step further than so many times the way walked is noise


class Secant(NamedTuple):
    """What is known of φ(s) along a line, as float[] each (`jumps`: int[]).

    Attributes:
        jumps: Points looked at.
        at, slope: The last point that had a finite slope, and its slope φ'.
        low, high: Bracket of the minimum: downhill at `low`, uphill at `high`.
        best, loss: The lowest point so far.
        trial: The point to look at next.
    """

    jumps: jax.Array
    at: jax.Array
    slope: jax.Array
    low: jax.Array
    high: jax.Array
    best: jax.Array
    loss: jax.Array
    trial: jax.Array


def begin(loss: jax.Array, slope: jax.Array, trial: jax.Array) -> Secant:
    """Stand at s = 0, where loss and slope are known, and try `trial` next."""
    zero = jnp.zeros_like(loss)
    far = jnp.full_like(loss, jnp.inf)
    return Secant(jnp.asarray(0), zero, slope, zero, far, zero, loss, trial)


def arrived(search: Secant, goal: jax.Array) -> jax.Array:
    """Say whether the last point is the lowest, and its slope at most `goal`.

    A slope alone may vanish far beyond the minimum, where the loss is flat and high.
    """
    return (search.at == search.best) & (jnp.abs(search.slope) <= goal)


def look(search: Secant, loss: jax.Array, slope: jax.Array) -> Secant:
    """Take in loss and slope at `search.trial` and choose the next trial."""
    here = search.trial
    loss, slope = loss.astype(here.dtype), slope.astype(here.dtype)
    finite = jnp.isfinite(loss) & jnp.isfinite(slope)
    falls = finite & (loss < search.loss)
    # Uphill, not finite, or higher than the best in spite of a downward slope (past
    # a hump): the minimum that belongs to this descent lies before this point.
    beyond = ~finite | (slope > 0) | ((loss > search.loss) & (here > search.best))
    low = jnp.where(beyond, search.low, jnp.maximum(search.low, here))
    high = jnp.where(beyond, jnp.minimum(search.high, here), search.high)
    # A bracket that shrinks by less than half is bisected next, for a secant can
    # creep along one end of it for ever.
    creeps = high - low > 0.5 * (search.high - search.low)
    step = jnp.where(creeps, jnp.nan, _secant(here, slope, search))
    return Secant(
        search.jumps + 1,
        jnp.where(finite, here, search.at),
        jnp.where(finite, slope, search.slope),
        low,
        high,
        jnp.where(falls, here, search.best),
        jnp.where(falls, loss, search.loss),
        _inside(step, low, high),
    )


def _secant(here: jax.Array, slope: jax.Array, search: Secant) -> jax.Array:
    """Return s - φ' Δs/Δφ', or NaN where the slope does not rise with s."""
    curvature = (slope - search.slope) / (here - search.at)
    return jnp.where(curvature > 0, here - slope / curvature, jnp.nan)


def _inside(step: jax.Array, low: jax.Array, high: jax.Array) -> jax.Array:
    """Keep a step inside the bracket, or bisect it, or go further if it is open."""
    wide = high > _LONGER * low
    middle = jnp.where(wide, jnp.sqrt(low) * jnp.sqrt(high), (low + high) / 2)
    middle = jnp.where(low > 0, middle, high / _LONGER)
    fallback = jnp.where(jnp.isfinite(high), middle, _LONGER * low)
    most = jnp.where(jnp.isfinite(high), high, _LONGEST * low)
    return jnp.where((step > low) & (step < most), step, fallback)
