"""Check the meter against the calls that a program executes, for its first steps."""

import functools
from collections import Counter
from collections.abc import Mapping
from typing import Any

import jax

import optimizers

from ..core.readings import named
from . import cache, count
from .budget import NO_LIMITS, NO_TARGET
from .clock import blank_log, limits
from .loop import chunk
from .marks import Mark, watched
from .meter import weigh
from .program import Factory, ReadyProgram, TracedFactory

STEPS = 3
_UNTIMED = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_use_fusion_emitters": False,
}
"""Options of XLA that compile in a third to an eighth of the time.

The program is slower for it. The calls that it executes are those that were traced.
"""


class MeterError(Exception):
    """The meter's readings differ from the calls that were executed."""


class Executed:
    """The calls that the device executes, told by the marks that it passes."""

    def __init__(self):
        self._marks: Counter[Mark] = Counter()

    def __call__(self, mark: Mark) -> None:
        """Note that the device passes a mark."""
        self._marks[mark] += 1

    def read(self) -> tuple[int, ...]:
        """Return the calls so far, in the order of `READINGS`."""
        jax.effects_barrier()
        calls: Counter[str] = Counter()
        for mark, passed in self._marks.items():
            for name, adds in weigh(mark).items():
                calls[name] += passed * mark.times * adds
        return count.readings_of(calls)


def check_once(ready: ReadyProgram, problem, params) -> None:
    """Call `check_readings` on a program that it has not accepted before.

    Calls that a step makes once, whatever their results, are those of its text: there
    is nothing to check, and checking takes as long as compiling.
    """
    if not (ready.program.in_line or cache.vouched(ready.program.digest)):
        check_readings(ready, problem, params)
        cache.vouch(ready.program.digest)


def check_readings(ready: ReadyProgram, problem, params) -> None:
    """Run the first steps and count what the device executes, off the clock.

    The readings may be more: JAX does not execute a call whose result is not used.

    Raises:
        MeterError: More calls were executed than read; the message states both.
    """
    read, executed = read_and_executed(ready, problem, params, STEPS)
    if not _covers(named(read), named(executed)):
        raise MeterError(
            f"the meter read {_in_words(read)} where {_in_words(executed)} were "
            f"executed in the first {STEPS} steps: please report this optimizer"
        )


def read_and_executed(
    ready: ReadyProgram, problem, params, steps: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the readings of a program's first steps, and the calls executed."""
    factory, later = through_stages(ready.factory)
    executed = Executed()
    start, log = ready.program.start(params), blank_log(params)
    few = limits(steps + later, NO_TARGET, NO_LIMITS, ready.program.dtype)
    with watched(executed):
        run = jax.jit(chunk(factory), compiler_options=_options())
        done = run(problem, ready.numbers, start, few, log)
    return tuple(int(n) for n in done.readings()[-1]), executed.read()


@functools.cache
def _options() -> dict[str, Any]:
    """Return those options of XLA that this version has."""
    return {name: value for name, value in _UNTIMED.items() if _has(name, value)}


def _has(name: str, value: Any) -> bool:
    try:
        jax.jit(lambda: 0, compiler_options={name: value})()
    except jax.errors.JaxRuntimeError:
        return False
    return True


def through_stages(factory: Factory) -> tuple[Factory, int]:
    """Return a factory of the same optimizer whose stages have one step each.

    The program of the first steps then makes the calls of all stages.

    Args:
        factory: Of any optimizer; one that is made already is returned as it is.

    Returns:
        The factory, and how many stages begin after the first step.
    """
    if not isinstance(factory, TracedFactory):
        return factory, 0
    settings = factory.settings(object() for _ in factory.traced)
    short, later = optimizers.brief(settings)
    leaves = zip(jax.tree.leaves(short), factory.traced, strict=True)
    static = tuple(leaf for leaf, traced in leaves if not traced)
    return factory._replace(static=static), later


def unknown_names(name: str, settings: Mapping[str, Any]) -> set[str]:
    """Return which of an optimizer and those inside it are not in the registry."""
    return {name, *optimizers.nested_names(settings)} - {*optimizers.REGISTRY}


def _covers(read: dict[str, int], executed: dict[str, int]) -> bool:
    """Return whether all that was executed was read, if a derivative may be dropped."""
    without = ("forward", "point", "residual")
    derived = all(executed[kind] <= read[kind] for kind in read if kind not in without)
    return derived and sum(executed.values()) <= sum(read.values())


def _in_words(readings: tuple[int, ...]) -> str:
    by_kind = named(readings).items()
    return ", ".join(f"{n} {kind}" for kind, n in by_kind if n) or "no calls"
