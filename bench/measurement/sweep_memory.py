"""How many trials of a sweep run at a time: as many as the device has memory for."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import Any, Protocol, TypeVar

import psutil

from ..core.fit import Fit
from .arrays import size_in_bytes

SHARE = 0.8
"""Share of the device's free memory that the trials of a sweep may need."""
CARRIES = 3
"""States that a trial of a sweep has at once: before a chunk, after it, at a look."""


class _Sized(Protocol):
    @property
    def bytes(self) -> int | None: ...


Program = TypeVar("Program", bound=_Sized)


def fitting(
    members: Sequence[Any], make: Callable[[Sequence[Any]], Program]
) -> tuple[Program, Fit]:
    """Return a program that takes as many trials at a time as fit into memory.

    The program of separate trials tells how many to try first. What decides is the
    memory that the compiled program itself states.

    Args:
        members: The trials, as `sweep_program.Member`.
        make: Compiles the program for some of them; its `bytes` are what they need
            besides the problem, None if that is not known.
    """
    free = free_bytes(members[0].start.step.devices().pop())
    room = None if free is None else SHARE * free
    together = _evenly(len(members), _first(members, room))
    while True:
        program = make(members[:together])
        need = program.bytes
        if together == 1 or need is None or room is None or need <= room:
            return program, Fit(len(members), together, need, free)
        most = min(together - 1, int(together * room / need))
        together = _evenly(len(members), most)


def free_bytes(device: Any) -> int | None:
    """Return the free memory of a device, of a CPU that of the machine.

    None if the device does not state it.
    """
    if device.platform == "cpu":
        return psutil.virtual_memory().available
    stated = device.memory_stats() or {}
    if "bytes_limit" not in stated:
        return None
    return stated["bytes_limit"] - stated.get("bytes_in_use", 0)


def _first(members: Sequence[Any], room: float | None) -> int:
    """Return how many trials would fit if each needed what a separate one does."""
    one = members[0]
    temporary = one.ready.program.footprint.temporary_bytes
    if room is None or temporary is None:
        return len(members)
    return int(room / (temporary + CARRIES * size_in_bytes(one.start)))


def _evenly(trials: int, most: int) -> int:
    """Return the trials of each part if they are divided into as few as possible.

    Args:
        trials: All.
        most: Of a part; at least one is returned.
    """
    return ceil(trials / ceil(trials / max(1, most)))
