"""Two workers of one machine beside one: wall seconds, and how they disturb clocks."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from .command import Shell, records
from .figure import Figure
from .wall import STANDING

PROBLEMS = (
    *("linear_diabetes", "outliers", "quadratic, condition 1e4", "gulf", "watson"),
    *("lanczos3", "BBOB bent_cigar", "landscape saddle", "linear net", "stream"),
)
"""A sixth of the standing comparison's, some of each class."""
TIMES = 3


def figures() -> Iterator[Figure]:
    """Yield the ratio of walls, then that of the seconds of a step."""
    with tempfile.TemporaryDirectory() as folder:
        yield _walls(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        yield _steps(Path(folder))


def _walls(folder: Path) -> Figure:
    """Return the wall with two workers over that with one, nothing cached."""
    chosen = [word for name in PROBLEMS for word in ("--only", f"problem={name}")]
    two, one = (
        Shell(folder / f"cache{n}").run(
            *(STANDING, folder / f"run{n}", "--counts-only", "--workers", str(n)),
            *chosen,
        )
        for n in (2, 1)
    )
    name = f"--counts-only of {len(PROBLEMS)} standing problems, 2 workers over 1, wall"
    ratio = two / one
    return Figure(name, "<= 0.6", ratio, ratio, ratio, two, one)


def _steps(folder: Path) -> Figure:
    """Return a step's seconds with two workers timing trials over those with one.

    Of each trial the median of runs that alternate, its programs being cached.
    """
    shell = Shell(folder / "cache")
    seconds: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    for turn in range(TIMES + 1):
        for workers in (1, 2):
            out = folder / f"run-{workers}-{turn}"
            options = ("--set", "seeds=10", "--workers", str(workers))
            shell.run("configs/quickstart.toml", out, *options)
            if turn:  # the first one makes the programs
                steps = {r["key"]: r["seconds"] / r["steps"] for r in records(out)}
                seconds[workers].append(steps)
    alone, beside = (
        {key: median(run[key] for run in seconds[n]) for key in seconds[n][0]}
        for n in (1, 2)
    )
    ratios = [beside[key] / alone[key] for key in alone]
    low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75), method="inverted_cdf")
    name = "a step's seconds on quickstart, 2 workers side by side over 1"
    sides = median(beside.values()), median(alone.values())
    return Figure(name, "", float(middle), float(low), float(high), *sides)
