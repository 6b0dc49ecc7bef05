"""Check before a verb runs that the machine and the shell let it run."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import click

from ..core.errors import BenchError, EnvironmentFault, last_words

try:
    import resource
except ImportError:  # a system without such limits
    resource = None

PACKAGES = ("claims", "factories", "optimizers", "problems")
"""The packages of this project beside this one."""


class Verb(click.Command):
    """A verb, which runs only if this project is found whole and JAX can run."""

    def invoke(self, ctx: click.Context) -> object:
        """Check the environment and run the verb."""
        refuse_shadows()
        if found := tuple(suspects()):
            try_jax(found)
        return super().invoke(ctx)


def refuse_shadows() -> None:
    """Check that the packages beside this one are this project's.

    Raises:
        EnvironmentFault: Another module of that name is found before them.
    """
    here = Path(__file__).resolve().parents[2]
    for name in PACKAGES:
        spec = find_spec(name)
        found = spec and spec.origin
        if found and not Path(found).resolve().is_relative_to(here / name):
            words = f'{found} shadows the package "{name}" of this project'
            raise EnvironmentFault(f"{words}: rename it, or take it off PYTHONPATH")


_PROBE = """
import contextlib, sys
with contextlib.suppress(ImportError, ValueError, OSError):
    import resource
    resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[1]), resource.RLIM_INFINITY))
import jax, matplotlib.figure, optax, pandas, scipy.stats
if jax.config.jax_disable_jit:
    sys.exit("only compiled programs are measured")
jax.jit(lambda x: x + 1)(1.0).block_until_ready()
"""
_CPU_SECONDS, _SECONDS = 12, 120
"""The most computing and waiting of a process that needs some 3 s of computing."""
_HARMLESS = (
    *("JAX_PLATFORMS", "JAX_COMPILATION_CACHE", "JAX_PERSISTENT_CACHE"),
    "JAX_ENABLE_COMPILATION_CACHE",
)
_LIMITS = (
    ("RLIMIT_AS", "an address space of {:.3g} GiB (ulimit -v)", 2**30, 2**43),
    ("RLIMIT_DATA", "a data segment of {:.3g} GiB (ulimit -d)", 2**30, 2**43),
    ("RLIMIT_NPROC", "{:g} processes (ulimit -u)", 1, 1024),
    ("RLIMIT_NOFILE", "{:g} open files (ulimit -n)", 1, 64),
)
"""Limits, with their words, their units, and the values below which JAX is tried."""


def suspects() -> Iterator[str]:
    """Yield what may keep JAX from running: its variables, and low limits."""
    for name, value in sorted(os.environ.items()):
        read = name == "XLA_FLAGS" or name.startswith("JAX_")
        if read and value and not name.startswith(_HARMLESS):
            yield f"{name}={value}"
    for name, words, unit, enough in _LIMITS:
        if resource is not None and hasattr(resource, name):
            soft, _ = resource.getrlimit(getattr(resource, name))
            if 0 <= soft < enough:
                yield words.format(soft / unit)


@cache
def try_jax(suspects: tuple[str, ...]) -> None:
    """Let a process import and compile what every verb needs.

    A process that imports JAX in too little memory crashes or never returns.

    Args:
        suspects: What may be the cause if it fails.

    Raises:
        EnvironmentFault: It fails.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", _PROBE, f"{_CPU_SECONDS}"],
            env=os.environ | {"JAX_PLATFORMS": "cpu"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired:
        why = f"no answer within {_SECONDS} s"
    else:
        if done.returncode == 0:
            return
        why = last_words(done.stderr.decode(errors="replace")) or "it printed nothing"
        if done.returncode < 0:
            why = f"{why} ({signal.Signals(-done.returncode).name})"
    raise EnvironmentFault(f"JAX cannot run with {', '.join(suspects)}: {why}")


_LACKING = (
    *(errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE),
    *(errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO),
)


def fault(error: Exception) -> BenchError | None:
    """Return the fault of the machine that an error shows, or None."""
    if isinstance(error, MemoryError):
        return EnvironmentFault("the memory does not suffice")
    if isinstance(error, OSError) and error.errno in _LACKING:
        where = f" ({error.filename})" if error.filename else ""
        return EnvironmentFault(f"the system refuses: {error.strerror}{where}")
    if isinstance(error, RuntimeError) and "can't start new thread" in str(error):
        return EnvironmentFault("the system refuses a new thread: too many processes")
    return None
