"""Whole commands with a cache folder of their own, and the records that they leave."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

_CACHES = ("JAX_COMPILATION_CACHE_DIR", "JAX_ENABLE_COMPILATION_CACHE")
"""Settings that would have a command use another cache, or none."""


class Shell:
    """Commands that share a cache folder, which nothing else uses.

    Args:
        cache: The folder, empty for commands that find nothing cached.
        cores: Those that a command may use; all if none is stated.
    """

    def __init__(self, cache: Path, cores: Collection[int] = ()):
        self._on = ["taskset", "-c", ",".join(map(str, cores))] if cores else []
        kept = {name: x for name, x in os.environ.items() if name not in _CACHES}
        self._environment: Mapping[str, str] = kept | {"XDG_CACHE_HOME": str(cache)}

    def run(self, config: str, out: Path, *options: str) -> float:
        """Return the wall seconds of `run`, start of Python and all.

        Args:
            config: The config's path.
            out: The run folder.
            options: More words of the command.

        Raises:
            RuntimeError: It failed, for instance because a trial did.
        """
        words = ["bench", "run", config, "--out", str(out), *options]
        start = time.perf_counter()
        done = subprocess.run(
            [*self._on, sys.executable, "-m", *words],
            env=self._environment,
            capture_output=True,
            text=True,
        )
        seconds = time.perf_counter() - start
        if done.returncode:
            last = done.stderr.splitlines()[-1:]
            raise RuntimeError(f"{' '.join(words)}: {''.join(last)}")
        return seconds


def records(folder: Path) -> list[dict[str, Any]]:
    """Return the records of a run's trials that applied, as plain values."""
    paths = sorted((folder / "trials").glob("*.json"))
    plain = (json.loads(path.read_bytes()) for path in paths)
    return [record for record in plain if record["end"] != "skipped"]
