"""The device, machine and software versions of a run."""

import json
import os
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any, Literal, NamedTuple

import psutil

from ..core.errors import DeviceMissing, EnvironmentFault, last_words

_PROBE = """
import json, sys, jax
device = jax.devices(*sys.argv[1:])[0]
print(json.dumps([device.platform, device.device_kind]))
"""
_SECONDS = 120


class Device(NamedTuple):
    """A platform, `cpu`, `gpu` or `tpu`, and JAX's name of the device on it."""

    platform: str
    kind: str


def find(wanted: str | None = None) -> Device:
    """Return the requested device, or JAX's default device.

    A subprocess queries JAX, because a process that opens a GPU reserves its memory.

    Raises:
        DeviceMissing: JAX finds no such device.
        EnvironmentFault: JAX finds none of the platforms in JAX_PLATFORMS.
    """
    if on_cpu(wanted):
        return Device("cpu", "cpu")
    return Device(*_asked(_PROBE, wanted))


def _asked(code: str, wanted: str | None) -> Any:
    """Return what a subprocess prints that queries JAX for a platform."""
    named = os.environ.get("JAX_PLATFORMS", "")
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", code, *([wanted] if wanted else [])],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env={**os.environ, **restriction(wanted)},
        )
    except subprocess.TimeoutExpired as error:
        words = f"no answer from the {wanted or 'device'} in {_SECONDS} s"
        raise DeviceMissing(words) from error
    if done.returncode:
        why = last_words(done.stderr).partition(": ")[2] or "JAX printed no message"
        if wanted is None and named:
            raise EnvironmentFault(f"JAX_PLATFORMS={named}: there is no device: {why}")
        raise DeviceMissing(f"there is no {wanted or 'device'}: {why}")
    return json.loads(done.stdout.splitlines()[-1])


def restriction(platform: str | None) -> dict[str, str]:
    """Return what restricts a process to the CPU: starting others takes seconds."""
    return {"JAX_PLATFORMS": "cpu"} if platform == "cpu" else {}


_COUNT = """
import sys, jax
print(len(jax.devices(*sys.argv[1:])))
"""


def devices(wanted: int | Literal["all"], platform: str) -> int:
    """Return among how many devices a run divides its examples.

    A subprocess queries JAX, unless one device is wanted.

    Args:
        wanted: Their number, or `all` that JAX finds.
        platform: `cpu`, `gpu` or `tpu`.

    Raises:
        DeviceMissing: There are fewer.
    """
    return 1 if wanted == 1 else enough(wanted, _asked(_COUNT, platform), platform)


def enough(wanted: int | Literal["all"], found: int, platform: str) -> int:
    """Return how many of the devices that were found are wanted.

    Raises:
        DeviceMissing: There are fewer.
    """
    if wanted == "all" or wanted <= found:
        return found if wanted == "all" else wanted
    there = "is 1 device" if found == 1 else f"are {found} devices"
    flag = f"XLA_FLAGS=--xla_force_host_platform_device_count={wanted}"
    hint = f"; {flag} divides the CPU into {wanted}" if platform == "cpu" else ""
    raise DeviceMissing(f"devices = {wanted}: there {there} ({platform}){hint}")


def on_cpu(wanted: str | None = None) -> bool:
    """Return whether a run is on the CPU, as far as this is known without JAX."""
    if wanted is not None:
        return wanted == "cpu"
    named = os.environ.get("JAX_PLATFORMS", "")
    return named == "cpu" or (not named and not _accelerated())


def open_none() -> None:
    """Restrict this process to the CPU; the workers need the other devices.

    Checking settings calls factories, and a factory may create an array.
    """
    import jax

    jax.config.update("jax_platforms", "cpu")


def _accelerated() -> bool:
    """Return whether a plugin for another device of JAX is installed."""
    names = (d.name.lower() for d in metadata.distributions())
    return any(n == "libtpu" or (n.startswith("jax") and "plugin" in n) for n in names)


def machine() -> dict[str, Any]:
    """Return the system, the processors, their speed, and the number of threads.

    Returns:
        `host`, its name in the network; `system`; `processor`, its name;
        `processors`, their number; `usable_processors`, those that this process may
        use; `memory_gigabytes`, all of it; `xla_threads`, of XLA's pool on the CPU;
        `thread_limits`, the variables of the environment that limit the threads of
        NumPy's and SciPy's libraries; `governor`, by which Linux sets the processors'
        frequency; `megahertz`, that of now. None if unknown.
    """
    usable = len(usable_processors())
    return {
        "host": platform.node(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "processors": os.cpu_count(),
        "usable_processors": usable,
        "memory_gigabytes": round(psutil.virtual_memory().total / 1e9, 1),
        "xla_threads": _number(os.environ.get("NPROC", "")) or usable,
        "thread_limits": {k: os.environ[k] for k in _LIMITS if k in os.environ},
        "governor": _governor(),
        "megahertz": _megahertz(),
    }


_LIMITS = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
    *("VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "NPROC"),
)


def usable_processors() -> set[int]:
    """Return the numbers of the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return set(range(os.cpu_count() or 1))


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


_CPU = Path("/sys/devices/system/cpu")


def _governor() -> str | None:
    """Return the governors of the processors, each once."""
    try:
        files = sorted(_CPU.glob("cpu[0-9]*/cpufreq/scaling_governor"))
        names = {file.read_text().strip() for file in files}
    except OSError:
        return None
    return ", ".join(sorted(names)) or None


def _megahertz() -> float | None:
    """Return the mean frequency of the processors."""
    try:
        known = psutil.cpu_freq()
    except (OSError, RuntimeError, AttributeError, NotImplementedError):
        return None
    return round(known.current, 1) if known and known.current else None


def _processor() -> str:
    """Return the processor's name; the standard library has it only on Windows."""
    try:
        if platform.system() == "Darwin":
            return subprocess.run(
                ["sysctl", "-n", "machdep.cpu.brand_string"],
                capture_output=True,
                text=True,
                timeout=5,
                check=True,
            ).stdout.strip()
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except (OSError, subprocess.SubprocessError):
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if "model name" in line)
    return next(names, platform.processor())


PINNED: dict[str, Any] = {
    "jax_default_prng_impl": "threefry2x32",
    "jax_threefry_partitionable": True,
    "jax_random_seed_offset": 0,
    "jax_enable_custom_prng": False,
    "jax_enable_x64": False,
    "jax_numpy_dtype_promotion": "standard",
    "jax_numpy_rank_promotion": "allow",
    "jax_debug_nans": False,
    "jax_debug_infs": False,
}
"""JAX's settings that change starts, batches, dtypes or ends; x64 is a trial's own."""


def pin() -> None:
    """Give JAX's settings the values that measurements have, whatever the shell says.

    For a process of ours: it changes the whole process.
    """
    import jax

    for name, value in PINNED.items():  # a later JAX may have dropped one
        if hasattr(jax.config, name):
            jax.config.update(name, value)


_NAMES = ("jax", "jaxlib", "optax", "numpy", "scipy", "gradmeter")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that affect a measurement.

    `git` is the commit of the running checkout; it is left out if the package is
    installed without one.
    """
    known = {"python": platform.python_version()}
    for name in _NAMES:
        try:
            known[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    commit = _commit(Path(__file__).resolve().parents[2])
    return known | ({"git": commit} if commit else {})


def _commit(checkout: Path) -> str | None:
    if not (checkout / ".git").exists():
        return None
    try:
        done = subprocess.run(
            ["git", "-C", str(checkout), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
