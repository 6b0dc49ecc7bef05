"""Draw the figures of a run into its folder, in a few processes."""

import io
import os
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ...core.errors import BenchError, in_a_line
from ...core.formats import PLOTS as FORMATS
from ...store import files, made
from ...store.environment import usable_processors
from ...store.run import Run, load
from .animation import Animation
from .jobs import PANELS, Job, Wanted, jobs
from .pgf import pgf
from .size import NoRoom, sized
from .style import column_style, inked

PLOTS = "plots"
GIF = ".gif"
SUFFIXES = (*FORMATS.values(), GIF)
DPI = 220
"""Of a png: 750 pixels for one column of a paper."""
MANY = 10
"""Figures for which another process saves more time than its imports take."""
MOST_PROCESSES = 4
"""The most processes; a run has too few figures for more."""
PNG, SVG = FORMATS["png"], FORMATS["svg"]
LOOK_EVERY = 1.0
"""Seconds after which a process looks whether its parent lives."""


class Drawn(NamedTuple):
    """What was drawn.

    Attributes:
        paths: The files, in the order of the jobs.
        failed: A line for each figure that could not be drawn.
    """

    paths: list[Path]
    failed: list[str]


def draw(source: Path | Run, wanted: Wanted = PANELS) -> Drawn:
    """Draw the plots of a run folder.

    They replace the plots that were drawn before when all of them are there. A plot
    that cannot be drawn costs only itself.

    Args:
        source: A run folder, or the run that was loaded from it.
        wanted: Which figures.

    Raises:
        RunError, RunMissing: As `bench.load`.
        DiskFull, StoreError: A file cannot be written, or the plots of before cannot
            be made again; these are unchanged.
    """
    run = load(source) if isinstance(source, Path) else source
    plots = run.folder / PLOTS
    there = (path for path in plots.glob("*") if path.suffix in SUFFIXES)
    made.refuse_loss(run, PLOTS, [f"{PLOTS}/{path.name}" for path in there])
    with made.beside(run, PLOTS) as new:
        drawn = _all(run, new, wanted)
    return _in_order(run, wanted, drawn, plots)


def draw_into(folder: Path, run: Run, wanted: Wanted = PANELS) -> Drawn:
    """Draw the plots of a run that is in memory into a folder.

    Raises:
        DiskFull, StoreError: A file cannot be written.
    """
    files.make_folder(folder)
    return _in_order(run, wanted, draw_part(run, folder, wanted), folder)


def _in_order(run: Run, wanted: Wanted, drawn: dict[int, Drawn], plots: Path) -> Drawn:
    """Return what was drawn of all jobs together."""
    ordered = [drawn[place] for place in sorted(drawn)]
    failed = [line for one in ordered for line in one.failed]
    if wanted.values:
        failed += _nothing_of(jobs(run, wanted), ordered)
    return Drawn([plots / p.name for one in ordered for p in one.paths], failed)


def _nothing_of(asked: Sequence[Job], drawn: Sequence[Drawn]) -> list[str]:
    """Return a line for each thing that was asked for and drawn for no problem."""
    found: dict[str, bool] = {}
    for job, one in zip(asked, drawn, strict=True):
        if job.wanted:
            found[job.wanted] = found.get(job.wanted, False) or bool(one.paths)
    missing = (words for words, is_drawn in found.items() if not is_drawn)
    return [f"no trial has {words}: nothing to draw" for words in missing]


def _all(run: Run, into: Path, wanted: Wanted) -> dict[int, Drawn]:
    given = (into, wanted)
    try:
        return _in_processes(run, given, _processes(len(jobs(run, wanted))))
    except (BrokenProcessPool, OSError):  # no other process could be started, or lived
        return draw_part(run, *given)


def _in_processes(run: Run, given: tuple[Path, Wanted], parts: int) -> dict[int, Drawn]:
    if parts == 1:
        return draw_part(run, *given)
    spawn = get_context("spawn")
    with ProcessPoolExecutor(parts - 1, spawn, end_with, (os.getpid(),)) as pool:
        rest = [
            pool.submit(draw_part, run.folder, *given, part, parts)
            for part in range(1, parts)
        ]
        drawn = draw_part(run, *given, 0, parts)
        for future in rest:
            drawn |= future.result()
    return drawn


def end_with(parent: int) -> None:
    """End this process soon after its parent has ended, however that ended."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK_EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _processes(figures: int) -> int:
    return max(1, min(len(usable_processors()), MOST_PROCESSES, figures // MANY))


def draw_part(
    source: Path | Run,
    into: Path,
    wanted: Wanted,
    part: int = 0,
    parts: int = 1,
) -> dict[int, Drawn]:
    """Draw every `parts`-th job of a run, starting at `part`; by default all.

    Args:
        source: A run folder, or the run that was loaded from it.
        into: The folder that receives the files.
        wanted: Which figures.
        part, parts: Which jobs.

    Returns:
        What was drawn, by the number of the job.
    """
    run = load(source) if isinstance(source, Path) else source
    suffixes = wanted.suffixes
    with column_style(wanted.style), sized(wanted.size):
        return {
            place: _drawn(job, into, suffixes)
            for place, job in enumerate(jobs(run, wanted))
            if place % parts == part
        }


def _drawn(job: Job, folder: Path, suffixes: Sequence[str]) -> Drawn:
    try:
        made = job.make()
        if made is None:
            return Drawn([], [])
        if isinstance(made, Animation):
            path = folder / f"{job.name}{GIF}"
            files.replace(path, made.content)
            return Drawn([path], [])
        stem = folder / job.name
        return Drawn(list(save(inked(made), stem, suffixes, DPI)), [])
    except BenchError:
        raise
    except NoRoom as error:
        return Drawn([], [f"plot {job.name} could not be drawn: {error}"])
    except Exception as error:
        words = f"plot {job.name} could not be drawn: {in_a_line(error)}"
        return Drawn([], [words])


def save(
    figure: Figure, stem: Path, suffixes: Sequence[str] = (SVG, PNG), dpi: int = 130
) -> Iterator[Path]:
    """Write a figure in formats, the same bytes each time; yield the paths.

    Args:
        figure: The figure.
        stem: The paths without their suffixes.
        suffixes: Of the formats of `core.formats.PLOTS`.
        dpi: Of a png.
    """
    for suffix in suffixes:
        figure.dpi = dpi
        path = stem.with_name(stem.name + suffix)
        files.replace(path, _WRITERS[suffix](figure))
        yield path


def _svg(figure: Figure) -> bytes:
    out = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return out.getvalue()


def _png(figure: Figure) -> bytes:
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(
        out,
        metadata={"Software": None},
        pil_kwargs={
            "compress_level": 4
        },  # three times as fast as 6, and a tenth larger
    )
    return out.getvalue()


def _pdf(figure: Figure) -> bytes:
    out = io.BytesIO()
    none = dict.fromkeys(("CreationDate", "Creator", "Producer"))
    FigureCanvasPdf(figure).print_pdf(out, metadata=none)
    return out.getvalue()


def _pgf(figure: Figure) -> bytes:
    return pgf(figure).encode()


_WRITERS = {PNG: _png, SVG: _svg, FORMATS["pdf"]: _pdf, FORMATS["pgf"]: _pgf}
