"""Figures as lines for the terminal and as one page for people."""

import importlib
from collections.abc import Iterable
from math import isnan
from pathlib import Path

from bench.report import format
from bench.report.format import Table, markdown

from .figure import Figure, read

COLUMNS = ("figure", "goal", "measured", "", "seconds")
ABOUT = """# Performance

Made by `make performance`; one section alone by `python -m tests.performance SECTION`.
Each ratio is of two things timed in turn, the median of the pairs [quartiles]; the
seconds are each side's median. Nothing here passes or fails a test: seconds are the
machine's, and the ratios move with it too. [NOTES.md](NOTES.md) says what was tried
where a goal is not met."""


def line(figure: Figure) -> str:
    """Return a figure as one line."""
    missed = "  MISSED" if figure.met == "no" else ""
    return f"  {figure.name:58s} {figure.goal:8s} {_measured(figure)}{missed}"


def write(folder: Path, sections: Iterable[str]) -> None:
    """Write README.md from the sections' files, those that there are."""
    parts = [ABOUT]
    for section in sections:
        path = folder / f"{section}.csv"
        if path.exists():
            where, figures = read(path)
            rows = tuple(map(_row, figures))
            about = _about(section)
            parts += [markdown(Table(about, COLUMNS, rows, (where,)))]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n")


def _about(section: str) -> str:
    doc = importlib.import_module(f".{section}", __package__).__doc__ or section
    return doc.strip().rstrip(".")


def _row(figure: Figure) -> tuple[str, ...]:
    met = {"no": "missed", "yes": "met", "": ""}[figure.met]
    return (figure.name, figure.goal, _measured(figure), met, _sides(figure))


def _measured(figure: Figure) -> str:
    middle, low, high = (f"{x:.3g}" for x in (figure.median, figure.low, figure.high))
    return middle if low == high else f"{middle} [{low}, {high}]"


def _sides(figure: Figure) -> str:
    if isnan(figure.first):
        return ""
    return f"{format.seconds(figure.first)} / {format.seconds(figure.second)}"
