"""The examples of a step: a batch of the training examples, or fresh ones."""

from math import ceil, isqrt
from typing import Any

import jax
import jax.numpy as jnp

import problems
from optimizers import NotApplicable

from ..core.spec import Batch
from . import devices

MOST = 2**27
"""Examples up to which the positions of shuffled epochs do not overflow."""
ROUNDS = 12


def pick(batch: Batch, problem: Any, key: jax.Array, step: jax.Array):
    """Return the examples of a step, which depend only on the key and the step.

    Args:
        batch: Their number, and how they are chosen.
        problem: Has the training examples, or draws fresh ones.
        key: Of the trial.
        step: int32[].

    Returns:
        `batch.size` examples, as the problem's loss takes them.

    Raises:
        NotApplicable: The problem has no such batches.
    """
    fresh_key = jax.random.fold_in(key, step)
    if batch.stream:
        return devices.divided(_fresh(problem, fresh_key, batch.size))
    count = problem.train.count
    _see_that_it_fits(batch, count)
    if batch.replace:
        chosen = jax.random.randint(fresh_key, (batch.size,), 0, count)
    else:
        chosen = shuffled(key, step, batch, count)
    return devices.divided(problem.train.take(chosen))


def _fresh(problem: Any, key: jax.Array, size: int):
    words = "a stream of fresh examples needs a problem that can draw them"
    if not hasattr(problem, "draw"):
        raise NotApplicable(words)
    try:
        return problem.draw(key, size)
    except problems.NoSourceError as error:
        raise NotApplicable(words) from error


def _see_that_it_fits(batch: Batch, count: int) -> None:
    if not count:
        raise NotApplicable("a batch needs examples, and this problem has none")
    if not batch.replace and batch.size > count:
        raise NotApplicable(
            f"a batch of {batch.size} without replacement is more than the {count} "
            "training examples"
        )
    if not batch.replace and count >= MOST:
        raise NotApplicable(
            f"batches without replacement take at most {MOST - 1:,} examples"
        )


def shuffled(key: jax.Array, step: jax.Array, batch: Batch, count: int) -> jax.Array:
    """Return the indices of a step's examples in a sequence of shuffled epochs.

    Each epoch is a new permutation of all examples, and a batch has the next `size` of
    them. `batch.last` says what happens at the end of an epoch:

    - span: step k has draws k * size, ..., k * size + size - 1 of the endless sequence
      of epochs, so that a batch can hold the end of one and the beginning of the next.
    - drop: the last count % size draws of each epoch are left out.
    - pad: the last batch of an epoch goes on with the epoch's first draws, which it has
      twice.

    No shuffle is stored, because it would be copied at every step: each index is
    computed from its position.

    Args:
        key: Of the trial.
        step: int32[].
        batch: Without replacement, of at most `count` examples.
        count: Number of examples, less than `MOST`.

    Returns:
        int32[batch.size] in [0, count).
    """
    step, size, spans = step.astype(jnp.uint32), batch.size, batch.last == "span"
    if spans:
        epoch, offset = _place(step, size, count)
    else:
        steps = int(batch.steps_per_epoch(count))
        epoch, offset = step // steps, step % steps * size
    place = offset + jnp.arange(size, dtype=jnp.uint32)
    later = place >= count
    turns = jnp.arange(2, dtype=jnp.uint32) if spans else jnp.zeros(2, jnp.uint32)
    keys = jax.vmap(
        lambda e: jax.random.bits(jax.random.fold_in(key, e), (ROUNDS,), jnp.uint32)
    )(epoch + turns)
    own = [jnp.where(later, keys[1, i], keys[0, i]) for i in range(ROUNDS)]
    place = jnp.where(later, place - count, place)
    return _permuted(own, place, count).astype(jnp.int32)


def _place(step: jax.Array, size: int, count: int) -> tuple[jax.Array, jax.Array]:
    """Return divmod(step * size, count), four bits of the step at a time.

    The product would overflow 32 bits in a long trial.
    """
    epoch = offset = jnp.zeros((), jnp.uint32)
    for shift in range(28, -1, -4):
        digit = (step >> shift) & 15
        whole = offset * 16 + digit * size
        epoch, offset = epoch * 16 + whole // count, whole % count
    return epoch, offset


def _permuted(keys: list[jax.Array], place: jax.Array, count: int) -> jax.Array:
    """Return the image of each index under a keyed permutation of 0, ..., count - 1.

    A Feistel network over a * b >= count indices. An index outside of the range goes
    through it again until it is inside, which keeps the map one to one.

    References:
        Black and Rogaway, "Ciphers with arbitrary finite domains", 2002.
    """
    rows = isqrt(count - 1) + 1
    columns = ceil(count / rows)

    def once(x: jax.Array) -> jax.Array:
        left, right = x // columns, x % columns
        for i, key in enumerate(keys):
            if i % 2:
                right = (right + _mixed(left, key) % columns) % columns
            else:
                left = (left + _mixed(right, key) % rows) % rows
        return left * columns + right

    def again(places: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        x, outside = places
        x = jnp.where(outside, once(x), x)
        return x, x >= count

    start = (place, jnp.ones_like(place, bool))
    return jax.lax.while_loop(lambda places: jnp.any(places[1]), again, start)[0]


def _mixed(x: jax.Array, key: jax.Array) -> jax.Array:
    """Hash two words into 32 bits (MurmurHash3's finaliser)."""
    x = (x * jnp.uint32(0x9E3779B1)) ^ key
    x = (x ^ (x >> 16)) * jnp.uint32(0x85EBCA6B)
    x = (x ^ (x >> 13)) * jnp.uint32(0xC2B2AE35)
    return x ^ (x >> 16)
