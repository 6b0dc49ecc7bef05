"""The verb `doctor`: what is installed, and what will disturb measuring."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import click

from ..core.errors import BenchError
from .environment import refuse_shadows, suspects, try_jax
from .options import help_option

SECONDS = 1.0
"""For which the load is measured."""
COARSE = 1e-6
"""Seconds between two readings of the clock that are too far apart."""
FEW = 2
"""Processors, of which the system and this program need one."""
_NAMED = 3
_CGROUP = Path("/sys/fs/cgroup")


class Finding(NamedTuple):
    """A line of the verb.

    Attributes:
        what: A word.
        words: What was found, and what to do about it.
        disturbs: Whether it disturbs measuring, or lets nothing run.
    """

    what: str
    words: str
    disturbs: bool = False


@click.command(add_help_option=False)
@help_option
def doctor() -> int:
    """Say what will disturb measuring here.

    It prints a line for versions, device, processors, load, clock, cache and more. Exit
    status: 1 if something will disturb measuring, or lets nothing run.
    """
    refuse_shadows()
    wrong = False
    for check in CHECKS:
        for what, words, disturbs in _findings(check):
            mark = "disturbs" if disturbs else "ok"
            click.echo(f"{mark:<8}  {what:<10}  {words}")
            wrong |= disturbs
    return int(wrong)


def _findings(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except BenchError as error:
        yield from (Finding(check.__name__[1:], line, True) for line in error.lines)


def _versions() -> Iterator[Finding]:
    from ..store.environment import versions

    listed = (f"{name} {version}" for name, version in versions().items())
    yield Finding("versions", ", ".join(listed))


def _jax() -> Iterator[Finding]:
    named = tuple(suspects())
    if named:
        try_jax(named)
        yield Finding("jax", f"runs with {', '.join(named)}")


def _device() -> Iterator[Finding]:
    from ..store.environment import find

    device = find()
    yield Finding("device", f"{device.platform}, {device.kind}")


def _processors() -> Iterator[Finding]:
    from ..store.environment import machine

    known = machine()
    usable = known["usable_processors"]
    words = f"{usable} of {known['processors']} usable, {known['processor']}"
    limits = [f"{k}={v}" for k, v in known["thread_limits"].items()]
    few = f"; with fewer than {FEW} other work is in the way" * (usable < FEW)
    yield Finding("processors", ", ".join([words, *limits]) + few, usable < FEW)
    allowed = quota()
    if allowed is not None and allowed < usable:
        words = (
            f"a quota of {allowed:g} of {usable} processors stops threads in between"
        )
        yield Finding(
            "quota", f"{words}: lift it, or set NPROC={max(1, int(allowed))}", True
        )
    governor, speed = known["governor"], known["megahertz"]
    words = f"{speed:,.0f} MHz now" if speed else "unknown"
    if governor is None:
        yield Finding("frequency", f"{words}; the system does not say how it is set")
    else:
        steady = governor == "performance"
        hint = "" if steady else ": it follows the load; set performance"
        yield Finding("frequency", f"{words}, governor {governor}{hint}", not steady)


def quota(root: Path | None = None) -> float | None:
    """Return the processors that a container may use on average; None for all.

    Args:
        root: Where the kernel shows its control groups.
    """
    root = _CGROUP if root is None else root
    with suppress(OSError, ValueError):
        most, period = (root / "cpu.max").read_text().split()
        return None if most == "max" else int(most) / int(period)
    with suppress(OSError, ValueError):
        most = int((root / "cpu" / "cpu.cfs_quota_us").read_text())
        period = int((root / "cpu" / "cpu.cfs_period_us").read_text())
        return most / period if most > 0 else None
    return None


def _load() -> Iterator[Finding]:
    """Measure what other processes use, and name the busiest ones."""
    import psutil

    from ..execute.others import Others
    from ..report.disturbed import LOAD

    others, each = Others(), list(psutil.process_iter(["name"]))
    for process in each:
        with suppress(psutil.Error):
            process.cpu_percent()
    time.sleep(SECONDS)
    busy, load = others.cores(), dict[str, float]()
    for process in each:
        with suppress(psutil.Error):
            if process.pid != os.getpid() and (used := process.cpu_percent()):
                load[f"{process.info['name']} ({process.pid})"] = used / 100
    if busy is None:
        yield Finding("load", "unknown: the system does not say")
        return
    most = sorted(load, key=lambda name: load[name])[::-1][:_NAMED]
    named = ", ".join(f"{name} {load[name]:.2f}" for name in most)
    hint = f": {named}" if busy > LOAD and named else ""
    words = f"other processes use {busy:.2f} of a processor{hint}"
    yield Finding("load", words, busy > LOAD)


def _power() -> Iterator[Finding]:
    import psutil

    free = psutil.virtual_memory()
    words = f"{free.available / 2**30:.1f} of {free.total / 2**30:.1f} GiB available"
    yield Finding("memory", words)
    battery = getattr(psutil, "sensors_battery", lambda: None)()
    if battery is not None and battery.power_plugged is False:
        yield Finding("power", "a battery, on which processors are slower", True)


def _clock() -> Iterator[Finding]:
    steps = sorted(_step() for _ in range(100))
    words = f"two readings differ by {steps[0] * 1e9:.0f} ns at least"
    yield Finding("clock", words, steps[0] > COARSE)


def _step() -> float:
    """Return the least seconds between two readings of the clock that differ."""
    start = time.perf_counter()
    while (now := time.perf_counter()) == start:
        pass
    return now - start


def _cache() -> Iterator[Finding]:
    from ..measurement import cache

    cache.turn_on()
    folder = cache.folder()
    if folder is None:
        words = "none: each process compiles anew (JAX's cache is off or elsewhere)"
        yield Finding("cache", words)
        return
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    words = f"{len(sizes):,} files of programs, {sum(sizes) / 2**20:,.0f} MiB"
    yield Finding("cache", f"{words} in {folder}; it may be removed")


CHECKS = (_versions, _jax, _device, _processors, _load, _power, _clock, _cache)
"""The load comes before JAX is imported, which would be part of it."""
