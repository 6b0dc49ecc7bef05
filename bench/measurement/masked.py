"""Steps without a word from the host: loops of fixed length whose steps are masked."""

from collections.abc import Callable
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

FIXED = {"gpu": 16}
"""Steps of a loop of fixed length, by the platforms whose host decides on each round.

A loop whose end depends on data sends its condition to the host of a GPU before each
round, and the device waits for the answer. With 16 steps in a loop of fixed length it
waits once in 16 steps. A search inside a step waits for an answer at every call that it
makes: a program with such steps is left as it is.
"""
LONG_FLOPS, LONG_BYTES = 2.0**32, 2.0**30
"""FLOPs and bytes accessed of a step, as XLA counts them before it fuses operations.

Above them a step takes some tenth of a millisecond on a large GPU, many times as long
as the host's answer; a step that is masked would then cost more than it saves.
"""

Loop = TypeVar("Loop")


def fixed_steps(platform: str) -> int:
    """Return the steps of a loop of fixed length on a platform; 1 for no such loop."""
    return FIXED.get(platform, 1)


def is_long(lowered: Any) -> bool:
    """Return whether the steps of a program are too long to be masked.

    Args:
        lowered: The program before it is compiled; XLA counts one round of each loop.
    """
    costs = lowered.cost_analysis() or {}
    flops, size = costs.get("flops", 0.0), costs.get("bytes accessed", 0.0)
    return flops > LONG_FLOPS or size > LONG_BYTES


def computed(steps: int, fixed: int) -> int:
    """Return the steps that a chunk computes: with the masked ones that fill it up."""
    return -(-steps // fixed) * fixed


def masked(take: Callable[[Loop], Loop], loop: Loop) -> Loop:
    """Take a step if the chunk goes on; else leave all as it is, but for the log.

    A step that is not taken is computed all the same, from a state that stays. It
    writes its row behind the last one, where nothing reads. The log has a multiple of
    the fixed number of rows, so that there is a row behind.

    Args:
        take: Takes a step.
        loop: The chunk so far, with `goes_on` and `log`.
    """
    before: Any = loop
    after: Any = take(loop)

    def kept(new, old):
        return jnp.where(before.goes_on, new, old)

    return jax.tree.map(kept, after, before)._replace(log=after.log)


def several(take: Callable[[Loop], Loop], fixed: int) -> Callable[[Loop], Loop]:
    """Return what takes several steps, whose number is a constant of the program.

    Args:
        take: Takes a step, which is masked if there is more than one.
        fixed: Their number.
    """
    if fixed == 1:
        return take
    return lambda loop: jax.lax.fori_loop(0, fixed, lambda _, loop: take(loop), loop)
