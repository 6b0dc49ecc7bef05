"""A measured figure beside its goal, and a section's figures in a file."""

import csv
import math
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path

import jax
import psutil

from .pairs import Ratio


@dataclass(frozen=True)
class Figure:
    """One ratio, or plain number, and what it is to be.

    Attributes:
        name: What is over what.
        goal: `<= 1.03`, `>= 4`, or empty where there is none.
        median, low, high: Of the pairs: median and quartiles.
        first, second: Median seconds of the two sides; nan for a plain number.
    """

    name: str
    goal: str
    median: float
    low: float
    high: float
    first: float = math.nan
    second: float = math.nan

    @classmethod
    def of(cls, name: str, goal: str, ratio: Ratio) -> "Figure":
        """Return the figure of a ratio."""
        low, median, high, ours, theirs = ratio
        return cls(name, goal, float(median), float(low), float(high), ours, theirs)

    @classmethod
    def number(cls, name: str, goal: str, value: float) -> "Figure":
        """Return the figure of a number that has no spread."""
        return cls(name, goal, value, value, value)

    @property
    def met(self) -> str:
        """Return `yes` or `no`; empty where there is no goal."""
        if not self.goal:
            return ""
        sign, _, bound = self.goal.partition(" ")
        most = float(bound)
        met = self.median <= most if sign == "<=" else self.median >= most
        return "yes" if met else "no"


def machine() -> str:
    """Return what the figures were measured on."""
    device = jax.devices()[0].device_kind
    cores = psutil.cpu_count(logical=False)
    memory = psutil.virtual_memory().total / 2**30
    python = platform.python_version()
    return (
        f"{date.today()}, {platform.machine()}, {_processor()}, {cores} cores, "
        f"{memory:.0f} GiB, device {device}, Python {python}, jax {jax.__version__}"
    )


def _processor() -> str:
    """Return the processor's own name, where the system tells it."""
    processors = Path("/proc/cpuinfo")
    lines = processors.read_text().splitlines() if processors.exists() else []
    names = (x.partition(": ")[2] for x in lines if x.startswith("model name"))
    return next(names, platform.processor() or "unnamed processor")


def write(path: Path, figures: Iterable[Figure]) -> None:
    """Write a section's figures, and first the machine that they hold for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        file.write(f"# {machine()}\n")
        writer = csv.DictWriter(file, [f.name for f in fields(Figure)])
        writer.writeheader()
        for figure in figures:
            writer.writerow({k: _short(v) for k, v in asdict(figure).items()})


def _short(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value


def read(path: Path) -> tuple[str, list[Figure]]:
    """Return a section's machine and figures."""
    first, *lines = path.read_text().splitlines()
    numbers = ("median", "low", "high", "first", "second")
    rows = csv.DictReader(lines)
    figures = [Figure(**{**r, **{n: float(r[n]) for n in numbers}}) for r in rows]
    return first.removeprefix("# "), figures
