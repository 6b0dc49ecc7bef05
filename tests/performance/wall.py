"""Seconds that a user waits: whole runs, and the parts of a trial off the clock."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from .command import Shell, records
from .figure import Figure

QUICKSTART = ("configs/quickstart.toml", "--set", "seeds=10")
"""The config, and the options of its run."""
STANDING = "configs/standing.toml"
FIELD = ("adam", "keep_stepping", "newton_cg")
SEEDS = 2
_TUNING = ("budget=600", "trials=2", "seeds=1", "score_seeds=1", "widen=0")
"""Little, for it is not what is measured: the trials have their full budget."""


def figures() -> Iterator[Figure]:
    """Yield the seconds of quickstart, then those of a sample's trials and programs."""
    with tempfile.TemporaryDirectory() as folder:
        yield from of_quickstart(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        yield from of_sample(Path(folder))


def of_quickstart(folder: Path, times: int = 3) -> Iterator[Figure]:
    """Yield its wall seconds with an empty cache, and then with all programs cached."""
    config, *options = QUICKSTART
    shell = Shell(folder / "cache")
    first = shell.run(config, folder / "first", *options)
    name = "quickstart with 10 seeds, nothing cached, wall, s"
    yield Figure.number(name, "<= 25", first)
    walls = [shell.run(config, folder / f"run{i}", *options) for i in range(times)]
    name = "quickstart with 10 seeds, programs cached, wall, s"
    yield _median(name, "<= 5", walls)


def of_sample(folder: Path) -> Iterator[Figure]:
    """Yield seconds of the standing comparison's trials, its programs being cached."""
    shell = Shell(folder / "cache")
    for name in ("first", "again"):
        shell.run(STANDING, folder / name, *_sample())
    trials = records(folder / "again")
    sample = f"standing comparison of {', '.join(FIELD)}, {SEEDS} seeds"
    off = [trial["off_clock_seconds"] for trial in trials]
    yield _median(f"{sample}: a trial off the clock, median, s", "<= 0.06", off)
    # A program's later trials do not wait for it, and state 0.
    ready = [x["compile_seconds"] for x in trials if x["cached"]]
    ready = [seconds for seconds in ready if seconds]
    name = f"{sample}: a program of an earlier process ready"
    yield _median(f"{name}, median of {len(ready)}, s", "<= 0.08", ready)
    yield Figure.number(f"{name}, maximum, s", "<= 0.25", max(ready))


def _sample() -> Iterator[str]:
    for optimizer in FIELD:
        yield from ("--only", f"optimizer={optimizer}")
    for setting in (f"seeds={SEEDS}", *(f"tuning.{words}" for words in _TUNING)):
        yield from ("--set", setting)


def _median(name: str, goal: str, seconds: list[float]) -> Figure:
    """Return the figure of a median, with quartiles."""
    quarters = (0.25, 0.5, 0.75)
    low, middle, high = np.quantile(seconds, quarters, method="inverted_cdf")
    return Figure(name, goal, float(middle), float(low), float(high))
