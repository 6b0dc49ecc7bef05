"""Write a run's plots into its folder."""

from pathlib import Path

from ..keeping.reading import load
from .jobs import jobs
from .look import style
from .saved import make_folder, save


def write(folder: str | Path, part: int = 0, parts: int = 1) -> list[tuple[int, Path]]:
    """Draw what a run folder holds into its plots/.

    Args:
        folder: A run folder.
        part, parts: Every `parts`-th job is done, from this one on; by default all.

    Returns:
        The files, svg and png of each plot, each with the number of its job.

    Raises:
        RunError, RunMissing: As `bench.load`.
        DiskFull, StoreError: A file cannot be written.
    """
    run = load(folder)
    make_folder(run.folder / "plots")
    with style():
        return [
            (place, path)
            for place, job in enumerate(jobs(run))
            if place % parts == part
            for name, figure in job()
            for path in save(figure, run.folder / "plots" / name)
        ]
