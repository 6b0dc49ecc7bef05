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
    *("linear_diabetes", "quadratic, condition 1e4", "gulf", "lanczos3"),
    *("landscape saddle", "stream"),
)
"""A tenth of the standing comparison's, some of each class."""
TIMES = 3


def figures() -> Iterator[Figure]:
    """Yield the ratio of walls, then that of the seconds of a step."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _walls(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        yield _steps(Path(folder))


def _walls(folder: Path) -> Iterator[Figure]:
    """Yield the wall with two workers over that with one, nothing cached.

    XLA compiles one program on several cores: a worker on one core is that much slower.
    """
    chosen = [word for name in PROBLEMS for word in ("--only", f"problem={name}")]

    def wall(workers: int, cores: int) -> float:
        name = f"{workers}-on-{cores}"
        options = ("--counts-only", "--workers", str(workers), *chosen)
        shell = Shell(folder / f"cache-{name}", range(cores))
        return shell.run(STANDING, folder / f"run-{name}", *options)

    what = f"--counts-only of {len(PROBLEMS)} standing problems, wall, 2 workers over 1"
    two = wall(2, 2)
    for cores, words, goal in ((2, "", "<= 0.6"), (1, " on 1 core", "")):
        one = wall(1, cores)
        ratio = two / one
        yield Figure(what + words, goal, ratio, ratio, ratio, two, one)


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
