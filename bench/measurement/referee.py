"""Check the meter against independent counts, for the first steps of a program."""

from collections.abc import Callable

import jax

from ..core.readings import named
from . import cache
from .budget import NO_LIMITS, NO_TARGET
from .clock import Chunk, blank_log, limits
from .meter import HostCounter, PythonCounter, uncountable_in_words
from .program import ReadyProgram, chunk

STEPS = 3


class MeterError(Exception):
    """The meter's readings differ from the calls that were made."""


def check_once(ready: ReadyProgram, problem, params) -> None:
    """Call `check_readings` on a program that it has not accepted before."""
    if not cache.vouched(ready.program.text):
        check_readings(ready, problem, params)
        cache.vouch(ready.program.text)


def check_readings(ready: ReadyProgram, problem, params) -> None:
    """Run the first steps with independent counts beside the meter's, off the clock.

    A host callback counts the calls that are executed. If the program was traced in a
    way that lets JAX move calls out of a loop, the steps are run once more without
    tracing, and Python counts the requested calls, which must not be more than the
    reading. (Fewer are correct: `jax.checkpoint` repeats calls.)

    Raises:
        MeterError: Two counts differ; the message states both.
        UncountableError: A call cannot be counted on the host either.
    """
    referee = HostCounter()
    watched = jax.jit(chunk(ready.factory, referee.count))
    with uncountable_in_words():
        read = _readings(watched, ready, problem, params)
    if read != (executed := referee.read()):
        raise _differs(read, executed, "executed")
    if ready.program.doubtful:
        tally = PythonCounter()
        with jax.disable_jit():
            _readings(chunk(ready.factory, tally.count), ready, problem, params)
        if sum(requested := tally.read()) > sum(read):
            raise _differs(read, requested, "requested")


def _readings(
    program: Callable[..., Chunk], ready: ReadyProgram, problem, params
) -> tuple[int, ...]:
    few = limits(STEPS, NO_TARGET, NO_LIMITS, ready.program.dtype)
    start, log = ready.program.start(params), blank_log(params)
    done = program(problem, ready.numbers, start, few, log)
    return tuple(int(n) for n in done.readings()[-1])


def _differs(read: tuple[int, ...], counted: tuple[int, ...], how: str) -> MeterError:
    return MeterError(
        f"the meter read {_in_words(read)} where {_in_words(counted)} were {how} "
        f"in the first {STEPS} steps: a call is made where it cannot be counted "
        "(a gradient through a loop of calls?)"
    )


def _in_words(readings: tuple[int, ...]) -> str:
    by_kind = named(readings).items()
    return ", ".join(f"{n} {kind}" for kind, n in by_kind if n) or "no calls"
