"""What every compiled program depends on: software, settings of JAX, the processor."""

import hashlib
import importlib.metadata
import os
import platform
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import jax

import problems

from ..store.environment import machine

_PACKAGES = ("problems", "optimizers", "factories", "claims")
_OF_BENCH = ("core", "config", "measurement")
_READ = ("XLA_", "JAX_", "LIBTPU_", "TPU_", "TF_", "CUDA_", "NVIDIA_", "ROCM_", "HSA_")
_READ += ("PJRT_", "NPROC", "OMP_", "MKL_", "HIP_", "AMD_")
"""How the names of variables start that XLA and its libraries read."""
_WITHOUT_EFFECT = ("cache", "log", "dump", "traceback", "platforms")
"""In names of settings and variables that change no program."""
_OF_A_PROCESSOR = {"vendor_id", "cpu family", "model", "model name", "stepping"} | {
    *("flags", "Features", "CPU implementer", "CPU architecture", "CPU variant"),
    *("CPU part", "CPU revision", "isa", "cpu", "revision"),
}
_TICK = 0.02
"""Seconds that the system's time of a process's start may be too early."""


def _began() -> float:
    """Return when this process began; where the system does not say, about now."""
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        ticks = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks
    except (OSError, ValueError, IndexError, AttributeError):
        return time.time()
    return time.time() - max(0.0, age) + _TICK


_BEGAN = _began()


def changed_since_begin(file: Path) -> bool:
    """Return whether a file was changed after this process began.

    What was loaded from it may then differ from what it holds.
    """
    stat = file.stat()
    return max(stat.st_mtime, stat.st_ctime) > _BEGAN


def surroundings() -> str | None:
    """Return all that programs compiled here depend on; None if it is not certain.

    It covers Python, the installed packages, this project's sources, the variables that
    XLA reads, the settings of JAX in the current context, the device, the processor and
    the number of threads.
    """
    here = software()
    if here is None:
        return None
    own = device()
    read = {k: v for k, v in os.environ.items() if k.startswith(_READ) and _matters(k)}
    threads = os.cpu_count(), len(getattr(os, "sched_getaffinity", lambda _: ())(0))
    client = getattr(own, "client", None)
    return repr(
        (
            here,
            sorted(read.items()),
            _settings(),
            threads,
            _processor(),
            *(own.platform, own.device_kind, own.id, len(jax.devices())),
            getattr(client, "platform_version", ""),
            problems.in_blocks(),
        )
    )


def device() -> Any:
    """Return the device on which programs run here."""
    chosen = jax.config.jax_default_device  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(chosen, str):  # a platform
        return jax.devices(chosen)[0]
    return chosen or jax.devices()[0]


def _settings() -> list[tuple[str, str]]:
    """Return the values of JAX's settings as they are in the current context."""
    names = sorted(name for name in jax.config.values if _matters(name))  # pyright: ignore[reportAttributeAccessIssue]
    return [(name, repr(getattr(jax.config, name, None))) for name in names]


def _matters(name: str) -> bool:
    return not any(word in name.lower() for word in _WITHOUT_EFFECT)


@cache
def software() -> str | None:
    """Return a digest of Python, the installed packages and this project's sources.

    None if one of the sources was changed after this process began.
    """
    total = hashlib.sha256(f"{sys.version} {platform.platform()}".encode())
    for name in _installed():
        total.update(f"{name}\n".encode())
    sources = _sources(Path(__file__).resolve().parents[2])
    total.update(f"{sources}\n".encode())
    return sources and total.hexdigest()


def _sources(root: Path) -> str | None:
    """Return a digest of this project's sources; None if one has just been changed."""
    total = hashlib.sha256()
    folders = [root / name for name in _PACKAGES]
    folders += [root / "bench" / name for name in _OF_BENCH]
    files = (file for folder in folders for file in folder.rglob("*.py"))
    for file in sorted(file for file in files if file.is_file()):
        if changed_since_begin(file):
            return None
        total.update(f"{file.relative_to(root)}\n".encode())
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _installed() -> list[str]:
    """Return the folders that state name, version and time of installed packages."""
    found = set()
    for each in importlib.metadata.distributions():
        folder: Any = getattr(each, "_path", None)
        stated = folder if isinstance(folder, Path) else None  # not in an archive
        changed = stated.stat().st_mtime_ns if stated and stated.exists() else ""
        found.add(f"{stated.name if stated else each.name} {each.version} {changed}")
    return sorted(found)


@cache
def _processor() -> str:
    """Return the processor as far as compiled code depends on it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().partition("\n\n")[0].splitlines()
    except OSError:
        return f"{platform.machine()} {machine()['processor']}"
    pairs = (line.partition(":") for line in lines)
    kept = [(k.strip(), v.strip()) for k, _, v in pairs if k.strip() in _OF_A_PROCESSOR]
    return repr([platform.machine(), *kept])
