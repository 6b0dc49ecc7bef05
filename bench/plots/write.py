"""Write a run's plots: svg and png, the same bytes from the same files."""

import io
import os
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from .. import files
from ..comparison import fields
from ..price_axis import contests, prices_that_decide
from ..reading import Run, load
from . import crossings, profiles, tuned
from .figures import figures
from .look import Look, looks, style
from .scene import Scene, scenes

DPI = 130
Named = tuple[str, Figure]


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
    found = [scene for scene in scenes(run) if scene.lines]
    look = looks(line.family for scene in found for line in scene.lines)
    _make(run.folder / "plots")
    with style():
        drawn = chain(
            _scenes(found, look),
            _contests(run, look),
            _profiles(run, look),
            _tuning(run, look),
        )
        return [
            path
            for name, figure in drawn
            for path in save(figure, run.folder / "plots" / name)
        ]


def _scenes(found: list[Scene], looks: dict[str, Look]) -> Iterator[Named]:
    for scene in found:
        for name, figure in figures(scene, looks):
            yield f"{_stem(scene.problem)}-{name}", figure


def _contests(run: Run, looks: dict[str, Look]) -> Iterator[Named]:
    found = contests(run)
    pairs = prices_that_decide(run).to_dict("records") if found else []
    for contest in found:
        mine = [row for row in pairs if row["problem"] == contest.problem]
        figure = crossings.figure(contest, mine, looks)
        yield f"{_stem(contest.problem)}-crossings", figure


def _profiles(run: Run, looks: dict[str, Look]) -> Iterator[Named]:
    if figure := profiles.figure(fields(run), looks):
        yield "profiles", figure


def _tuning(run: Run, looks: dict[str, Look]) -> Iterator[Named]:
    for problem, name, figure in tuned.figures(run, looks):
        yield f"{_stem(problem)}-{name}", figure


def _stem(problem: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+=]+", "_", problem).strip("._") or "problem"


def save(figure: Figure, stem: Path) -> Iterator[Path]:
    """Write a figure as svg and png, the same bytes each time, and yield the paths."""
    for suffix, text in ((".svg", _svg(figure)), (".png", _png(figure))):
        path = stem.with_name(stem.name + suffix)
        _replace(path, text)
        yield path


def _svg(figure: Figure) -> bytes:
    out = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    figure.dpi = DPI
    FigureCanvasAgg(figure).print_png(
        out,
        metadata={"Software": None},
        pil_kwargs={"compress_level": 4},  # thrice as fast as 6, a tenth larger
    )
    return out.getvalue()


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise files.refused("make", folder, error) from error


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole; no fsync, for what is lost can be drawn again."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise files.refused("write", path, error) from error
