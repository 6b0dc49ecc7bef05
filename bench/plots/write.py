"""Write a run's plots, a part of them in each of a few processes."""

import json
import os
import subprocess
import sys
from pathlib import Path

from ..errors import StoreError
from ..reading import Run, load
from .jobs import jobs
from .look import style
from .saved import make_folder, save

FEW = 2
"""Jobs, at least, that another process is started for."""


def write(folder: str | Path) -> list[Path]:
    """Draw what a run folder holds into its plots/.

    Args:
        folder: A run folder.

    Returns:
        The files, svg and png of each plot.

    Raises:
        RunError, RunMissing: As `bench.load`.
        DiskFull, StoreError: A file cannot be written.
    """
    run = load(folder)
    make_folder(run.folder / "plots")
    parts = max(1, min(os.cpu_count() or 1, len(jobs(run)) // FEW))
    helpers = [_start(run.folder, part, parts) for part in range(1, parts)]
    try:
        drawn = draw(run, 0, parts)
        for helper in helpers:
            drawn += _finish(helper)
    finally:
        for helper in helpers:
            helper.kill()
            helper.communicate()
    return [path for _, path in sorted(drawn, key=lambda pair: pair[0])]


def draw(run: Run, part: int, parts: int) -> list[tuple[int, Path]]:
    """Draw every `parts`-th job, from `part` on; return each file with its job."""
    with style():
        return [
            (place, path)
            for place, job in enumerate(jobs(run))
            if place % parts == part
            for name, figure in job()
            for path in save(figure, run.folder / "plots" / name)
        ]


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
