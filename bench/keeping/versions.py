"""What software a run was made with, asked without importing any of it."""

import platform
import subprocess
from importlib import metadata
from pathlib import Path

_NAMES = ("jax", "jaxlib", "optax", "numpy", "scipy", "gradmeter")


def versions() -> dict[str, str]:
    """Return the versions of Python and of what decides a measurement.

    `git` is the commit of the checkout that is running; it is left out where the
    package is installed without one.
    """
    found = {"python": platform.python_version()}
    for name in _NAMES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    commit = _commit(Path(__file__).resolve().parents[2])
    return found | ({"git": commit} if commit else {})


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
