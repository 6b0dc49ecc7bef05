"""Draw a run's plots, a part of them in each of a few processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

from ..errors import StoreError

MANY = 20
"""Trials from which on another process is worth its start."""
MOST = 4
"""Processes: no run has so many figures that more would help."""


def draw(folder: Path) -> list[Path]:
    """Draw what a run folder holds, and return the files.

    The other processes are started before this one imports what it draws with.

    Args:
        folder: A run folder.

    Raises:
        RunError, RunMissing: As `bench.load`.
        DiskFull, StoreError: A file cannot be written.
    """
    parts = _parts(folder)
    helpers = [_start(folder, part, parts) for part in range(1, parts)]
    try:
        from ..plots import write

        drawn = write(folder, 0, parts)
        for helper in helpers:
            drawn += _finish(helper)
    finally:
        for helper in helpers:
            helper.kill()
            helper.communicate()
    return [path for _, path in sorted(drawn, key=lambda pair: pair[0])]


def _parts(folder: Path) -> int:
    trials = len(list((folder / "trials").glob("*.json")))
    return max(1, min(os.cpu_count() or 1, MOST, trials // MANY))


def _start(folder: Path, part: int, parts: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "bench.plots", str(folder), str(part), str(parts)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)


def _finish(helper: subprocess.Popen[str]) -> list[tuple[int, Path]]:
    """Return what another process has drawn.

    Raises:
        StoreError: It could not; its last line says why.
    """
    out, error = helper.communicate()
    if helper.returncode:
        lines = error.strip().splitlines()
        raise StoreError(lines[-1] if lines else "a process that drew plots is gone")
    return [(place, Path(path)) for place, path in json.loads(out)]
